package io.agentorchestrator.deadletters;

import org.jspecify.annotations.Nullable;

/**
 * What became of a dead letter that was to be re-driven.
 *
 * @param deadLetter which
 * @param outcome how it ended
 * @param message a sentence for people
 * @param sent where it stands now among the commands, or null where it was not sent
 */
public record RedriveResult(
    DeadLetter deadLetter, Outcome outcome, String message, @Nullable Place sent) {

  /** How it ended. */
  public enum Outcome {
    /** The worker has taken the command; whether the rules accepted it stands in the log. */
    REDRIVEN,
    /** It is a dead letter again, a new one. */
    DEAD_LETTERED_AGAIN,
    /** It stays what it is. */
    NOT_SENT,
    /** It was sent, and nobody knows yet what came of it. */
    UNKNOWN,
    /** Another dead letter stands for the same record. */
    SKIPPED;

    /** Whether nothing is left to do about it. */
    public boolean isDone() {
      return this == REDRIVEN || this == SKIPPED;
    }
  }

  static RedriveResult notSent(DeadLetter deadLetter, String message) {
    return new RedriveResult(deadLetter, Outcome.NOT_SENT, message, null);
  }

  static RedriveResult skipped(DeadLetter deadLetter, String message) {
    return new RedriveResult(deadLetter, Outcome.SKIPPED, message, null);
  }
}
