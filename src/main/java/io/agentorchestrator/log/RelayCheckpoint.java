package io.agentorchestrator.log;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * How far the log has been published: every transaction whose commit ends at or before {@code
 * commitLsn}, and the first {@code rows} log entries of the one committed next.
 *
 * <p>PostgreSQL sends whole transactions, in the order of their commits and with the rows in the
 * order they were written, so this says all, however transactions overlapped. The WAL positions of
 * the rows themselves would not: those of concurrent transactions lie between each other.
 *
 * @param systemIdentifier PostgreSQL's {@code system_identifier} of the cluster that these
 *     positions are of, a number too large for the readers of many JSON libraries; null if not
 *     known
 * @param commitLsn where the last wholly published transaction ends in the WAL
 * @param rows how many entries of the next transaction are published, 0 or more
 * @param publishedUntil the latest time of an entry published so far, or null if none was
 * @param last the entry published last: a database that does not hold it has forgotten something,
 *     however far its WAL is; null if none was, or if that is not known
 * @param repair the repair that is under way, so that no relay may start from here; else null
 */
record RelayCheckpoint(
    @Nullable String systemIdentifier,
    long commitLsn,
    int rows,
    @Nullable Instant publishedUntil,
    @Nullable Entry last,
    @Nullable Repair repair) {

  /** Names an entry of the log. */
  record Entry(UUID id, long position, Instant recordedAt) {}

  /**
   * A repair that has begun to publish or to write.
   *
   * @param begunAt when, by the clock of who repairs
   * @param afterRestore whether it brings the database forward
   */
  record Repair(Instant begunAt, boolean afterRestore) {}

  private static final JsonMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  /** A transaction ended, and all of it is published. */
  static RelayCheckpoint atCommit(
      @Nullable String systemIdentifier, long commitLsn, @Nullable Instant publishedUntil) {
    return new RelayCheckpoint(systemIdentifier, commitLsn, 0, publishedUntil, null, null);
  }

  /** The same in the given cluster; if that is not known, in the one it is in already. */
  RelayCheckpoint in(@Nullable String cluster) {
    return cluster == null
        ? this
        : new RelayCheckpoint(cluster, commitLsn, rows, publishedUntil, last, repair);
  }

  /** The same, but no relay may start from it. */
  RelayCheckpoint during(Repair repair) {
    return new RelayCheckpoint(systemIdentifier, commitLsn, rows, publishedUntil, last, repair);
  }

  /**
   * Moves past one more row.
   *
   * @param previousCommitLsn where the transaction before the row's own ended
   * @throws IllegalStateException for a row from before this checkpoint
   */
  RelayCheckpoint afterRow(long previousCommitLsn, Entry row) {
    if (isBefore(previousCommitLsn, commitLsn)) {
      throw new IllegalStateException(
          "Expected a row after %s, but it comes after %s."
              .formatted(lsn(commitLsn), lsn(previousCommitLsn)));
    }
    Instant until =
        publishedUntil == null || row.recordedAt().isAfter(publishedUntil)
            ? row.recordedAt()
            : publishedUntil;
    return new RelayCheckpoint(
        systemIdentifier,
        previousCommitLsn,
        previousCommitLsn == commitLsn ? rows + 1 : 1,
        until,
        row,
        null);
  }

  /**
   * Moves past the end of a transaction. That of one that has already been passed, as PostgreSQL
   * sends it after a restart, changes nothing.
   */
  RelayCheckpoint afterCommit(long endLsn) {
    return isBefore(commitLsn, endLsn)
        ? new RelayCheckpoint(systemIdentifier, endLsn, 0, publishedUntil, last, null)
        : this;
  }

  byte[] toJson() {
    return JSON.writeValueAsBytes(this);
  }

  static Optional<RelayCheckpoint> ofJson(byte @Nullable [] json) {
    return json == null
        ? Optional.empty()
        : Optional.of(JSON.readValue(json, RelayCheckpoint.class));
  }

  /** WAL positions are unsigned. */
  static boolean isBefore(long lsn, long other) {
    return Long.compareUnsigned(lsn, other) < 0;
  }

  /** Writes a WAL position as PostgreSQL does. */
  static String lsn(long lsn) {
    return "%X/%X".formatted(lsn >>> 32, lsn & 0xFFFF_FFFFL);
  }
}
