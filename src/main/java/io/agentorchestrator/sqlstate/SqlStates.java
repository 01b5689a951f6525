package io.agentorchestrator.sqlstate;

import io.micrometer.core.instrument.MeterRegistry;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;

/**
 * What PostgreSQL says of a failure: its SQLSTATE, and how often which class of it was seen.
 *
 * <p>Counted is a piece of work that failed, once, by whoever gives it up or tries it again as a
 * whole: a poll's transaction, a round of a loop, a request, a scheduled job, a try of the relay's.
 * What these call throws on and does not count.
 */
public final class SqlStates {

  /**
   * The functions of PostgreSQL that give out ids, by which it signs; its messages are translated.
   */
  private static final Set<String> OUT_OF_IDS = Set.of("GetNewTransactionId", "GetNewMultiXactId");

  private static final int CLASS_LENGTH = 2;
  private static final String NONE = "none";

  private SqlStates() {}

  /** Returns the SQLSTATE at the bottom of a failure, or null without one. */
  public static @Nullable String of(Throwable failure) {
    String state = null;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && sql.getSQLState() != null) {
        state = sql.getSQLState();
      }
    }
    return state;
  }

  /**
   * Counts a failure by the class of its SQLSTATE, or as {@code none} where the pool or the driver
   * gave up by itself, without PostgreSQL having said anything. Failures of another kind are not
   * the database's.
   */
  public static void count(Throwable failure, MeterRegistry registry) {
    String state = of(failure);
    if (isOfTheDatabase(failure)) {
      registry
          .counter("orchestrator.database.errors", "sqlstate_class", classOf(state))
          .increment();
    }
  }

  private static String classOf(@Nullable String state) {
    return state == null || state.length() < CLASS_LENGTH ? NONE : state.substring(0, CLASS_LENGTH);
  }

  /** Whether PostgreSQL, the driver or the pool failed; else it is none of theirs. */
  public static boolean isOfTheDatabase(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether what was to be written is to blame, and not the server, the network or the schema: data
   * exceptions, and limits of the program exceeded. Not so where PostgreSQL has run out of
   * transaction ids and refuses whoever writes, which it tells by the same SQLSTATE.
   */
  public static boolean isOfTheData(Throwable failure) {
    String state = String.valueOf(of(failure));
    return state.startsWith("22") || (state.equals("54000") && !isOutOfIds(failure));
  }

  private static boolean isOutOfIds(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof PSQLException sql
          && sql.getServerErrorMessage() != null
          && OUT_OF_IDS.contains(String.valueOf(sql.getServerErrorMessage().getRoutine()))) {
        return true;
      }
    }
    return false;
  }
}
