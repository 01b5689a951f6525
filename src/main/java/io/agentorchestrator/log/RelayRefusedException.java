package io.agentorchestrator.log;

/** Publishing now would lose or repeat events; the message says what to do about it. */
final class RelayRefusedException extends RuntimeException {

  private static final String REMEDY =
      " Compare the log topic with the table orchestration_log and run `relay repair`.";

  RelayRefusedException(String expectation) {
    super(expectation + REMEDY);
  }
}
