package io.agentorchestrator.database;

import io.agentorchestrator.log.ReplicationSlotStatus;
import org.jspecify.annotations.Nullable;

/**
 * The slot from which the log is relayed. What is not known is null.
 *
 * @param name its name
 * @param active whether somebody reads from it; false also where there is none
 * @param walStatus {@code reserved}, {@code extended}, {@code unreserved} or {@code lost}; null
 *     where there is none
 * @param retainedBytes how much WAL is kept for it
 * @param lagSeconds age of the oldest log entry that is not published; 0 when all are
 */
record ReplicationSlot(
    String name,
    @Nullable Boolean active,
    @Nullable String walStatus,
    @Nullable Long retainedBytes,
    @Nullable Double lagSeconds) {

  static ReplicationSlot of(ReplicationSlotStatus status) {
    return new ReplicationSlot(
        status.name(),
        status.active(),
        status.walStatus(),
        status.retainedBytes(),
        status.lagSeconds());
  }

  static ReplicationSlot unknown(String name) {
    return new ReplicationSlot(name, null, null, null, null);
  }

  static ReplicationSlot missing(String name) {
    return new ReplicationSlot(name, false, null, null, null);
  }
}
