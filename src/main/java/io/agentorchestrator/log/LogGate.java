package io.agentorchestrator.log;

import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * What every transaction that writes passes before it touches a table: commands, dispatch, timers.
 * The log takes no entry of one that did not.
 *
 * <p>It holds the gate's lock, shared with all others, until it ends: {@code relay repair} takes
 * that lock alone, and so pauses all workers. And it goes through only if the relay has confirmed
 * that this database, since its server was started, holds all that was published: on one that was
 * brought back from a backup, or on a standby that had not received all, commands would give out
 * versions anew that consumers have seen.
 *
 * <p>To be passed first: who waits here with rows locked or written keeps others waiting, and the
 * repair from making the slot. Who has only read keeps a migration, which holds the gate and is to
 * change that table, from ending: a deadlock.
 */
@Component
public class LogGate {

  /** The advisory lock of the gate; such locks are of one database, so a constant will do. */
  static final String LOCK = "hashtextextended('agent-orchestrator log gate', 0)";

  static final String IS_CONFIRMED =
      """
      EXISTS (
        SELECT FROM relay_confirmation WHERE server_started_at = pg_postmaster_start_time())""";

  /** The lock comes first: what stands in FROM is evaluated before what is selected. */
  private static final String ENTER =
      "SELECT orchestrator_clock(), %s FROM pg_advisory_xact_lock_shared(%s)"
          .formatted(IS_CONFIRMED, LOCK);

  private static final String LOCK_NOT_AVAILABLE = "55P03";

  /** Marks a transaction that is inside. */
  private static final Object INSIDE = new Object();

  private final JdbcClient jdbc;

  LogGate(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  private record Passage(Instant now, boolean confirmed) {}

  /**
   * Lets the transaction in, and waits for it if need be, at most the session's {@code
   * lock_timeout}.
   *
   * @return the time by the database's clock
   * @throws LogGateClosedException if nothing may be written now
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public Instant enter() {
    Passage passage = pass();
    if (!passage.confirmed()) {
      throw new LogGateClosedException(
          "The relay has not confirmed yet that the database holds all that was published.", null);
    }
    if (!TransactionSynchronizationManager.hasResource(INSIDE)) {
      TransactionSynchronizationManager.bindResource(INSIDE, INSIDE);
      TransactionSynchronizationManager.registerSynchronization(new Inside());
    }
    return passage.now();
  }

  private Passage pass() {
    try {
      return jdbc.sql(ENTER)
          .query(
              (row, n) ->
                  new Passage(
                      row.getObject(1, OffsetDateTime.class).toInstant(), row.getBoolean(2)))
          .single();
    } catch (DataAccessException e) {
      if (LOCK_NOT_AVAILABLE.equals(sqlState(e))) {
        throw new LogGateClosedException(
            "All workers are paused, as `relay repair` does it, for longer than a lock is waited for.",
            e);
      }
      throw e;
    }
  }

  private static @Nullable String sqlState(Throwable failure) {
    return NestedExceptionUtils.getMostSpecificCause(failure) instanceof SQLException sql
        ? sql.getSQLState()
        : null;
  }

  /** Fails in a transaction that has not passed: its entry could slip by a repair. */
  static void requireInside() {
    if (!TransactionSynchronizationManager.hasResource(INSIDE)) {
      throw new IllegalStateException(
          "Expected the transaction to have entered through the log's gate, but it has not.");
    }
  }

  /** Of one transaction; another within it, on another connection, has to pass by itself. */
  private static final class Inside implements TransactionSynchronization {

    @Override
    public void suspend() {
      TransactionSynchronizationManager.unbindResource(INSIDE);
    }

    @Override
    public void resume() {
      TransactionSynchronizationManager.bindResource(INSIDE, INSIDE);
    }

    @Override
    public void afterCompletion(int status) {
      TransactionSynchronizationManager.unbindResourceIfPossible(INSIDE);
    }
  }
}
