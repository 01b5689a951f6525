package io.agentorchestrator.commands;

/** Why a record is no command. The names are part of the contract. */
public enum DeadLetterReason {
  /** Bad UTF-8 or JSON, repeated keys, no envelope, no value. */
  MALFORMED,
  /**
   * A type, or a version of it, that this worker does not know, or that belongs on another topic.
   */
  UNKNOWN_TYPE,
  /** A field is missing, unknown, out of bounds or too deep. */
  SCHEMA_VIOLATION,
  /** Over 1 MiB. */
  TOO_LARGE,
  /** Alone, and three times, it failed for a reason of its own. */
  PROCESSING_FAILED
}
