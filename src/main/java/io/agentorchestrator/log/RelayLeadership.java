package io.agentorchestrator.log;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to run the relay: an advisory lock of the database, held by a session of its own.
 *
 * <p>It saves workers from fighting over the slot; that nothing is published twice rests on the
 * fencing by Kafka, for a worker may lose the lock without knowing. The database ends a session
 * that is idle for 10 s. So from when it has the lock until it is closed, a thread of its own asks
 * every 2 s, however long the worker waits for others meanwhile. A statement that fails, such as
 * for taking too long, is asked again at the next ping; only without the session or the lock
 * leadership is over, which {@link #requireHeld} tells at once.
 */
final class RelayLeadership implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RelayLeadership.class);

  private static final Duration PING = Duration.ofSeconds(2);

  static final String KEY = "hashtextextended('agent-orchestrator relay ' || ?, 0)";

  private static final String ACQUIRE = "SELECT pg_try_advisory_lock(" + KEY + ")";

  private static final String IS_HELD =
      """
      SELECT EXISTS (
          SELECT FROM pg_locks
          WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted AND objsubid = 1
            AND (classid::bigint << 32 | objid::bigint) = %s)"""
          .formatted(KEY);

  private final String slot;
  private final Connection connection;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile @Nullable SQLException lost;
  private final Set<String> failed = new HashSet<>();
  private @Nullable Instant written;

  private RelayLeadership(String slot, Connection connection) {
    this.slot = slot;
    this.connection = connection;
  }

  /** Connects, as a candidate. */
  static RelayLeadership stand(RelayDatabase database, String slot) throws SQLException {
    return new RelayLeadership(slot, database.connect());
  }

  /** Likewise, to keep all relays off. */
  static RelayLeadership standForRepair(RelayDatabase database, String slot) throws SQLException {
    return new RelayLeadership(slot, database.connect(RelayDatabase.REPAIR));
  }

  /** The session that holds the lock; for short statements, each a transaction. */
  Connection connection() {
    return connection;
  }

  /** Takes the lock unless another has it. Not to be called again once it has. */
  boolean tryAcquire() throws SQLException {
    if (!is(ACQUIRE)) {
      return false;
    }
    Thread.ofVirtual().name("relay-leadership").start(this::keep);
    return true;
  }

  private void keep() {
    try {
      while (lost == null && !closed.await(PING.toMillis(), TimeUnit.MILLISECONDS)) {
        ping();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ping() {
    attempt(
        () -> {
          if (!is(IS_HELD)) {
            lost = new SQLException("Expected this session to hold the lock, but it does not.");
          }
        });
  }

  /**
   * Asks the database now.
   *
   * @throws SQLException if the session or its lock is gone
   */
  void verify() throws SQLException {
    ping();
    requireHeld();
  }

  /**
   * Tells what the last ping found, without asking.
   *
   * @throws SQLException if the session or its lock is gone
   */
  void requireHeld() throws SQLException {
    SQLException failure = lost;
    if (failure != null) {
      throw new SQLException("The lock is lost.", failure.getSQLState(), failure);
    }
  }

  /**
   * Writes down how far the log is published, unless that fails. A row is written even if nothing
   * changed: it also is what moves the slot.
   */
  void writeProgress(@Nullable Instant publishedUntil) {
    attempt(
        () -> {
          connection.setAutoCommit(false);
          try {
            replaceProgress(publishedUntil);
            connection.commit();
          } finally {
            // After a failure, setAutoCommit alone would try to commit, and hide it by another.
            connection.rollback();
            connection.setAutoCommit(true);
          }
          written = publishedUntil;
        });
  }

  private void replaceProgress(@Nullable Instant publishedUntil) throws SQLException {
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
    }
  }

  /** Whether {@link #writeProgress} would tell something new. */
  boolean isNews(@Nullable Instant publishedUntil) {
    return !Objects.equals(written, publishedUntil);
  }

  /**
   * Does something with the session that may fail without leadership being over. One at a time: a
   * ping within another's transaction would fail with it.
   */
  synchronized void attempt(Use use) {
    try {
      use.run();
    } catch (SQLException e) {
      if (isGone(e)) {
        lost = e;
      } else if (failed.add(String.valueOf(e.getSQLState()))) {
        LOG.atWarn()
            .addKeyValue("sqlstate", e.getSQLState())
            .setCause(e)
            .log("A statement of the relay failed; it still leads");
      }
    }
  }

  /** Something done with the session. */
  interface Use {

    void run() throws SQLException;
  }

  /** Whether the session is over: a connection failed, or the server ends it or itself. */
  private boolean isGone(SQLException failure) {
    String state = String.valueOf(failure.getSQLState());
    try {
      return state.startsWith("08") || state.startsWith("57P") || connection.isClosed();
    } catch (SQLException e) {
      return true;
    }
  }

  private boolean is(String sql) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      query.setString(1, slot);
      try (ResultSet row = query.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  /** Gives the lock up. */
  @Override
  public void close() {
    closed.countDown();
    try {
      connection.close();
    } catch (SQLException e) {
      // The session is gone, and the lock with it.
    }
  }
}
