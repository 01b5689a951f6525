package io.agentorchestrator.sqlstate;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Keeps logs short where a server is away: then one line says all, and the stack trace of who
 * noticed says nothing. Any other failure is told with its stack trace.
 */
public final class Outages {

  private Outages() {}

  /**
   * Adds to a line why something failed.
   *
   * @param line what is about to be logged
   * @param failure what was thrown
   * @return the line, with {@code because} or with a stack trace
   */
  public static LoggingEventBuilder explain(LoggingEventBuilder line, Throwable failure) {
    Throwable outage = outage(failure);
    return outage == null ? line.setCause(failure) : line.addKeyValue("because", text(outage));
  }

  /** Returns what tells of a server that is away, or null if nothing does. */
  private static @Nullable Throwable outage(Throwable failure) {
    Throwable found = null;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      boolean isAway =
          cause instanceof SQLException sql ? isAway(sql) : cause instanceof RetriableException;
      if (isAway) {
        found = cause;
      }
    }
    return found;
  }

  /**
   * Connections that fail, a server that ends or has no room; and what the pool itself says: that
   * there was no connection in time, or that one is closed.
   */
  private static boolean isAway(SQLException failure) {
    String state = failure.getSQLState();
    return state == null
        ? failure instanceof SQLTransientConnectionException
            || failure.getClass().equals(SQLException.class)
        : state.startsWith("08") || state.startsWith("57P") || state.startsWith("53");
  }

  private static String text(Throwable outage) {
    String state = outage instanceof SQLException sql ? sql.getSQLState() : null;
    String message = outage.getMessage();
    return "%s%s%s"
        .formatted(
            outage.getClass().getSimpleName(),
            state == null ? "" : " (SQLSTATE %s)".formatted(state),
            message == null ? "" : ": " + message.lines().findFirst().orElse(""));
  }
}
