package io.agentorchestrator.commands;

/** A record turned out to be no command. Carries no stack trace: it is an answer, not a failure. */
final class UnreadableException extends Exception {

  private final DeadLetterReason reason;

  private UnreadableException(DeadLetterReason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  static UnreadableException malformed(String message) {
    return new UnreadableException(DeadLetterReason.MALFORMED, message);
  }

  static UnreadableException unknownType(String message) {
    return new UnreadableException(DeadLetterReason.UNKNOWN_TYPE, message);
  }

  /**
   * A field is out of bounds.
   *
   * @param path the field, such as {@code data.name}
   * @param expected what was expected, and what came instead
   */
  static UnreadableException violation(String path, String expected) {
    return new UnreadableException(DeadLetterReason.SCHEMA_VIOLATION, path + ": " + expected);
  }

  static UnreadableException tooLarge(String message) {
    return new UnreadableException(DeadLetterReason.TOO_LARGE, message);
  }

  DeadLetterReason reason() {
    return reason;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
