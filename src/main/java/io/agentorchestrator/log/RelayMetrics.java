package io.agentorchestrator.log;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How far the relay is behind: {@code orchestrator_relay_lag_seconds}, {@code
 * orchestrator_relay_lag_bytes}, {@code orchestrator_relay_slot_active} and {@code
 * orchestrator_relay_events_total}.
 *
 * <p>Every worker shows the lag, whoever leads, and also when nobody does. Measured whenever the
 * relay is connected, at least every 2 s; while the database is away, seconds that were not zero go
 * on growing.
 */
final class RelayMetrics {

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

  private static final String SLOT =
      """
      SELECT greatest(0, pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn))
          ::double precision,
          active
      FROM pg_replication_slots WHERE slot_name = ?""";

  /** {@code query_canceled} and {@code lock_not_available}. */
  private static final Set<String> GAVE_UP = Set.of("57014", "55P03");

  private final String slot;
  private final Counter events;

  private volatile Measurement seconds = new Measurement(0, System.nanoTime());
  private volatile double bytes;
  private volatile boolean active;

  RelayMetrics(String slot, MeterRegistry registry) {
    this.slot = slot;
    this.events =
        Counter.builder("orchestrator.relay.events")
            .description("Log entries published to Kafka by this worker")
            .register(registry);
    Gauge.builder("orchestrator.relay.lag.seconds", this, metrics -> metrics.seconds.now())
        .description("Age of the oldest log entry that is not published; 0 when all are")
        .baseUnit("seconds")
        .register(registry);
    Gauge.builder("orchestrator.relay.lag.bytes", this, metrics -> metrics.bytes)
        .description("WAL the replication slot has not confirmed; NaN without the slot")
        .baseUnit("bytes")
        .register(registry);
    Gauge.builder("orchestrator.relay.slot.active", this, metrics -> metrics.active ? 1 : 0)
        .description("1 while somebody reads from the replication slot, else 0")
        .register(registry);
  }

  void published(int count) {
    events.increment(count);
  }

  /**
   * Measures the lag.
   *
   * @param publishedUntil the time of the latest published entry if this worker leads; else null,
   *     and what the leader last wrote down counts
   */
  void measure(Connection connection, @Nullable Instant publishedUntil) throws SQLException {
    try {
      query(connection, publishedUntil);
    } catch (SQLException e) {
      // Too slow, or a lock is in the way: no reason to stop relaying.
      if (!GAVE_UP.contains(String.valueOf(e.getSQLState()))) {
        throw e;
      }
    }
  }

  private void query(Connection connection, @Nullable Instant publishedUntil) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(LAG_SECONDS)) {
      query.setObject(
          1,
          publishedUntil == null ? null : OffsetDateTime.ofInstant(publishedUntil, ZoneOffset.UTC));
      query.setString(2, slot);
      try (ResultSet row = query.executeQuery()) {
        row.next();
        seconds = new Measurement(row.getDouble(1), System.nanoTime());
      }
    }
    try (PreparedStatement query = connection.prepareStatement(SLOT)) {
      query.setString(1, slot);
      try (ResultSet row = query.executeQuery()) {
        boolean exists = row.next();
        bytes = exists ? row.getDouble(1) : Double.NaN;
        active = exists && row.getBoolean(2);
      }
    }
  }

  private record Measurement(double seconds, long nanoTime) {

    double now() {
      return seconds == 0 ? 0 : seconds + (System.nanoTime() - nanoTime) / 1e9;
    }
  }
}
