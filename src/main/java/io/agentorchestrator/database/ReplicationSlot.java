package io.agentorchestrator.database;

import org.jspecify.annotations.Nullable;

/**
 * The slot from which the log is relayed. What is not known is null.
 *
 * @param name its name
 * @param active whether somebody reads from it; false also where there is none
 * @param walStatus {@code reserved}, {@code extended}, {@code unreserved} or {@code lost}; null
 *     where there is none
 * @param retainedBytes how much WAL is kept for it
 * @param lagSeconds how far the reader is behind; 0 where it has confirmed everything
 */
record ReplicationSlot(
    String name,
    @Nullable Boolean active,
    @Nullable String walStatus,
    @Nullable Long retainedBytes,
    @Nullable Double lagSeconds) {

  static ReplicationSlot unknown(String name) {
    return new ReplicationSlot(name, null, null, null, null);
  }

  static ReplicationSlot missing(String name) {
    return new ReplicationSlot(name, false, null, null, null);
  }
}
