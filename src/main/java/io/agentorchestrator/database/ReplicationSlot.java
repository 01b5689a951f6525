package io.agentorchestrator.database;

import io.agentorchestrator.log.ReplicationSlotStatus;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The slot from which the log is relayed. What is not known is null.
 *
 * @param name its name
 * @param active whether somebody reads from it; false also where there is none
 * @param walStatus {@code reserved}, {@code extended}, {@code unreserved} or {@code lost}; null
 *     where there is none
 * @param retainedBytes how much WAL is kept for it; null also where PostgreSQL keeps none any more
 * @param lagSeconds age of the oldest log entry that is not published; 0 when all are
 */
record ReplicationSlot(
    String name,
    @Nullable Boolean active,
    @Schema(allowableValues = {"reserved", "extended", "unreserved", "lost"})
        @Nullable String walStatus,
    @Schema(minimum = "0") @Nullable Long retainedBytes,
    @Schema(description = "Age of the oldest entry that is not published.", minimum = "0")
        @Nullable Double lagSeconds) {

  static ReplicationSlot of(ReplicationSlotStatus status, @Nullable Double lagSeconds) {
    return new ReplicationSlot(
        status.name(), status.active(), status.walStatus(), status.retainedBytes(), lagSeconds);
  }

  static ReplicationSlot unknown(String name) {
    return new ReplicationSlot(name, null, null, null, null);
  }

  static ReplicationSlot missing(String name) {
    return new ReplicationSlot(name, false, null, null, null);
  }
}
