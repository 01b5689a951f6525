package io.agentorchestrator.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What came of a command that was sent.
 *
 * @param command which
 * @param outcome how it ended, as far as was waited for
 * @param message a sentence for people, or null where the outcome says all
 * @param place where Kafka put it, or null where it did not
 * @param events those it caused that were seen by then
 */
record SendResult(
    SentCommand command,
    Outcome outcome,
    @Nullable String message,
    @Nullable Place place,
    List<JsonNode> events) {

  /** A record's place within its topic. */
  record Place(int partition, long offset) {}

  /** How it may end. */
  enum Outcome {
    /** Kafka has it; nobody waited for more. */
    SENT(true),
    /** The worker did what was asked. */
    ACCEPTED(true),
    /** The worker took it, and it is of a kind that tells nothing. */
    TAKEN(true),
    /** The rules refuse it. */
    REJECTED(false),
    /** The worker gave it up. */
    DEAD_LETTERED(false),
    /** Nothing was heard of it in time. */
    NO_OUTCOME(false),
    /** Kafka did not take it, or nobody knows. */
    NOT_SENT(false);

    private final boolean good;

    Outcome(boolean good) {
      this.good = good;
    }

    /** Whether it is what was asked for. */
    boolean isGood() {
      return good;
    }
  }
}
