package io.agentorchestrator.log;

import org.jspecify.annotations.Nullable;

/**
 * The relay's replication slot, as it stands.
 *
 * @param name its name
 * @param active whether somebody streams from it; the relay's true sign of life
 * @param walStatus PostgreSQL's {@code wal_status}: {@code reserved}, {@code extended}, {@code
 *     unreserved}, {@code lost}; null if it reserves none
 * @param retainedBytes WAL kept for it, 0 or more
 * @param lagSeconds age of the oldest log entry that is not published; 0 when all are
 */
public record ReplicationSlotStatus(
    String name,
    boolean active,
    @Nullable String walStatus,
    long retainedBytes,
    double lagSeconds) {}
