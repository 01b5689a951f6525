package io.agentorchestrator.commands;

/** Our own code failed over a record: a defect, or a record nobody thought of. */
final class HandlerException extends RuntimeException {

  HandlerException(Throwable cause) {
    super(cause);
  }
}
