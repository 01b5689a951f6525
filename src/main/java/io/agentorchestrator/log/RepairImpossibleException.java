package io.agentorchestrator.log;

/** A repair could not begin, or not go on; the message says what is in the way, for people. */
public final class RepairImpossibleException extends RuntimeException {

  RepairImpossibleException(String message) {
    super(message);
  }
}
