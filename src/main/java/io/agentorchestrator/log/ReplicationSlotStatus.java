package io.agentorchestrator.log;

import org.jspecify.annotations.Nullable;

/**
 * The relay's replication slot, as it stands.
 *
 * @param name its name
 * @param active whether somebody streams from it; the relay's true sign of life
 * @param walStatus PostgreSQL's {@code wal_status}: {@code reserved}, {@code extended}, {@code
 *     unreserved}, {@code lost}; null if it reserves none
 * @param retainedBytes WAL kept on the disk for it, 0 or more; null if it reserves none, as one
 *     that is lost does not
 * @param unconfirmedBytes WAL that its readers have not confirmed, 0 or more; null likewise
 */
public record ReplicationSlotStatus(
    String name,
    boolean active,
    @Nullable String walStatus,
    @Nullable Long retainedBytes,
    @Nullable Long unconfirmedBytes) {}
