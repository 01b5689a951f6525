package io.agentorchestrator.log;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The right to run the relay: an advisory lock of the database, held by a session of its own.
 *
 * <p>It saves workers from fighting over the slot; that nothing is published twice rests on the
 * fencing by Kafka, for a worker may lose the lock without knowing. Use it at least every 10 s, or
 * the database ends the session. Every method tells of a lost session by an {@link SQLException}.
 */
final class RelayLeadership implements AutoCloseable {

  private final String slot;
  private final Connection connection;
  private @Nullable Instant written;

  private RelayLeadership(String slot, Connection connection) {
    this.slot = slot;
    this.connection = connection;
  }

  /** Connects, as a candidate. */
  static RelayLeadership stand(RelayDatabase database, String slot) throws SQLException {
    return new RelayLeadership(slot, database.connect());
  }

  /** The session that holds the lock; for short statements. */
  Connection connection() {
    return connection;
  }

  /** Takes the lock unless another has it. */
  boolean tryAcquire() throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT pg_try_advisory_lock(hashtextextended('agent-orchestrator relay ' || ?, 0))")) {
      query.setString(1, slot);
      try (ResultSet row = query.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  /** Returns if the session, and so the lock it took, is still there. */
  void verify() throws SQLException {
    try (PreparedStatement query = connection.prepareStatement("SELECT 1")) {
      query.execute();
    }
  }

  /**
   * Writes down how far the log is published. A row is written even if nothing changed: it also is
   * what moves the slot.
   */
  void writeProgress(@Nullable Instant publishedUntil) throws SQLException {
    connection.setAutoCommit(false);
    try (PreparedStatement delete =
            connection.prepareStatement("DELETE FROM relay_progress WHERE slot = ?");
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO relay_progress (slot, written_at, published_until)"
                    + " VALUES (?, clock_timestamp(), ?)")) {
      delete.setString(1, slot);
      delete.executeUpdate();
      insert.setString(1, slot);
      insert.setObject(
          2,
          publishedUntil == null ? null : OffsetDateTime.ofInstant(publishedUntil, ZoneOffset.UTC));
      insert.executeUpdate();
      connection.commit();
    } finally {
      connection.setAutoCommit(true);
    }
    written = publishedUntil;
  }

  /** Whether {@link #writeProgress} would tell something new. */
  boolean isNews(@Nullable Instant publishedUntil) {
    return !Objects.equals(written, publishedUntil);
  }

  /** Gives the lock up. */
  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      // The session is gone, and the lock with it.
    }
  }
}
