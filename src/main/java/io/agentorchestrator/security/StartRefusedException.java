package io.agentorchestrator.security;

/** Settings under which the worker must not start. */
final class StartRefusedException extends RuntimeException {

  private final String action;

  /**
   * Refuses.
   *
   * @param reason what is wrong
   * @param action what to do about it
   */
  StartRefusedException(String reason, String action) {
    super(reason);
    this.action = action;
  }

  String action() {
    return action;
  }
}
