package io.agentorchestrator.commands;

import java.util.Set;

/**
 * The locks taken turned out not to suffice: somebody else changed what was to be locked between
 * the look and the lock. The transaction is rolled back and run again. No stack trace: this is a
 * way of the protocol, not a failure.
 */
final class RunAgainException extends RuntimeException {

  private final transient Set<CommandKey> heartbeatsToClaim;

  private RunAgainException(String message, Set<CommandKey> heartbeatsToClaim) {
    super(message, null, false, false);
    this.heartbeatsToClaim = Set.copyOf(heartbeatsToClaim);
  }

  /** More tasks are within reach than were locked. */
  static RunAgainException moreTasks() {
    return new RunAgainException("more tasks are within reach than were locked", Set.of());
  }

  /** Heartbeats are refused, and a refusal needs a key, lest a second delivery repeats it. */
  static RunAgainException claimHeartbeats(Set<CommandKey> keys) {
    return new RunAgainException("refused heartbeats need keys", keys);
  }

  Set<CommandKey> heartbeatsToClaim() {
    return heartbeatsToClaim;
  }
}
