package io.agentorchestrator.migration;

/** A move that was understood, and cannot or must not be done; the message says why. */
public final class MigrationRefusedException extends RuntimeException {

  MigrationRefusedException(String message) {
    super(message);
  }
}
