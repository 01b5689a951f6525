package io.agentorchestrator.stream;

/** Why a stream does not simply go on. */
enum StreamBreak {
  /** The reader was given up. */
  TOO_SLOW("too_slow", "You read more slowly than the log grows. Ask again from this id."),

  /** The worker ends. */
  STOPPING("stopping", "The worker stops. Ask again from this id."),

  /** What the reader sent is no id of this log. */
  UNKNOWN_ID(
      "unknown_id",
      "The id is none of this log's: it was changed, or the log's topic was made anew. You may have"
          + " missed events; the stream goes on from now."),

  /** What comes next is not on the topic. */
  OUT_OF_RANGE(
      "out_of_range",
      "The log no longer has what comes after the id. You have missed events; the stream goes on"
          + " from now."),

  /** The topic is another one. */
  REPLACED(
      "log_replaced",
      "The log's topic was made anew. You may have missed events; the stream goes on from now.");

  private final String reason;
  private final String message;

  StreamBreak(String reason, String message) {
    this.reason = reason;
    this.message = message;
  }

  /** Returns its name for programs. */
  String reason() {
    return reason;
  }

  /** Returns what it means for whoever reads. */
  String message() {
    return message;
  }
}
