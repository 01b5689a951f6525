package io.agentorchestrator.commands;

import java.util.Set;

/**
 * Heartbeats are refused that took no key, and a refusal needs one, lest a second delivery repeats
 * it. The transaction is rolled back and run again. No stack trace: this is a way of the protocol,
 * not a failure.
 */
final class RunAgainException extends RuntimeException {

  private final transient Set<CommandKey> heartbeatsToClaim;

  RunAgainException(Set<CommandKey> heartbeatsToClaim) {
    super("refused heartbeats need keys", null, false, false);
    this.heartbeatsToClaim = Set.copyOf(heartbeatsToClaim);
  }

  Set<CommandKey> heartbeatsToClaim() {
    return heartbeatsToClaim;
  }
}
