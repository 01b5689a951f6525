package io.agentorchestrator.engine;

/**
 * The locks taken turned out not to suffice: somebody else changed what was to be locked between
 * the look and the lock. The transaction is rolled back and run again. No stack trace: this is a
 * way of the protocol, not a failure.
 */
public final class LocksGrewException extends RuntimeException {

  LocksGrewException() {
    super("more is within reach than was locked", null, false, false);
  }
}
