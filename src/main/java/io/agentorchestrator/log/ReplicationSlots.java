package io.agentorchestrator.log;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Reads how far the relay is behind and how its replication slot stands, over whatever connection
 * it is given, for the database's health; and notes it for {@link RelayMetrics}. Each is one short
 * query, so that one which has to wait does not hide the other.
 */
@Component
public class ReplicationSlots {

  /**
   * The age of the oldest entry that is not published. Times of entries do not follow the order of
   * commits exactly, so an entry of a transaction that took long may go unseen; it is a measure for
   * alerts, no proof.
   */
  static final String LAG_SECONDS =
      """
      SELECT coalesce((
          SELECT greatest(0, extract(epoch FROM clock_timestamp() - recorded_at))
          FROM orchestration_log
          WHERE recorded_at > coalesce(
              ?::timestamptz,
              (SELECT max(published_until) FROM relay_progress WHERE slot = ?),
              '-infinity')
          ORDER BY recorded_at LIMIT 1), 0)::double precision""";

  /** Without {@code greatest}, which would take an LSN that is not known for 0 bytes. */
  private static final String STATUS =
      """
      SELECT slot_name, active, wal_status,
             pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint AS retained,
             pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint AS unconfirmed
      FROM pg_replication_slots WHERE slot_name = ?""";

  private final RelayProperties properties;
  private final RelayMetrics metrics;

  ReplicationSlots(RelayProperties properties, RelayMetrics metrics) {
    this.properties = properties;
    this.metrics = metrics;
  }

  /**
   * Reads the age of the oldest log entry that is not published, in seconds; 0 when all are.
   *
   * @param connection to the primary
   */
  public double lagSeconds(Connection connection) throws SQLException {
    Instant publishedUntil = metrics.publishedUntil();
    try (PreparedStatement query = connection.prepareStatement(LAG_SECONDS)) {
      query.setObject(
          1,
          publishedUntil == null ? null : OffsetDateTime.ofInstant(publishedUntil, ZoneOffset.UTC));
      query.setString(2, properties.slot());
      try (ResultSet row = query.executeQuery()) {
        row.next();
        double seconds = row.getDouble(1);
        metrics.noteLag(seconds);
        return seconds;
      }
    }
  }

  /**
   * Reads the slot's status.
   *
   * @param connection to the primary; a replica cannot tell
   * @return empty if there is no such slot
   */
  public Optional<ReplicationSlotStatus> read(Connection connection) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(STATUS)) {
      query.setString(1, properties.slot());
      try (ResultSet row = query.executeQuery()) {
        Optional<ReplicationSlotStatus> status =
            row.next() ? Optional.of(status(row)) : Optional.empty();
        metrics.noteSlot(status);
        return status;
      }
    }
  }

  private static ReplicationSlotStatus status(ResultSet row) throws SQLException {
    return new ReplicationSlotStatus(
        row.getString("slot_name"),
        row.getBoolean("active"),
        row.getString("wal_status"),
        bytes(row, "retained"),
        bytes(row, "unconfirmed"));
  }

  /** Of what was confirmed between the two looks at the WAL, less than nothing is left. */
  private static @Nullable Long bytes(ResultSet row, String column) throws SQLException {
    long bytes = row.getLong(column);
    return row.wasNull() ? null : Math.max(0, bytes);
  }
}
