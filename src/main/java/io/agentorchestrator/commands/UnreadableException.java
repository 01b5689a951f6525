package io.agentorchestrator.commands;

/** A record turned out to be no command. Carries no stack trace: it is an answer, not a failure. */
final class UnreadableException extends Exception {

  /** A path names fields of the producer's own, which may be as long as a command. */
  private static final int MAX_PATH = 200;

  private final DeadLetterReason reason;

  private UnreadableException(DeadLetterReason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  static UnreadableException malformed(String message) {
    return new UnreadableException(DeadLetterReason.MALFORMED, message);
  }

  /**
   * A part of the record cannot be read.
   *
   * @param path the part, such as {@code data.name}
   * @param expected what was expected, and what came instead
   */
  static UnreadableException malformed(String path, String expected) {
    return malformed(shortened(path) + ": " + expected);
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
    return new UnreadableException(
        DeadLetterReason.SCHEMA_VIOLATION, shortened(path) + ": " + expected);
  }

  static UnreadableException tooLarge(String message) {
    return new UnreadableException(DeadLetterReason.TOO_LARGE, message);
  }

  private static String shortened(String path) {
    return path.codePointCount(0, path.length()) <= MAX_PATH
        ? path
        : path.substring(0, path.offsetByCodePoints(0, MAX_PATH)) + "…";
  }

  DeadLetterReason reason() {
    return reason;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
