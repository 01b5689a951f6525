package io.agentorchestrator.rest;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.transaction.CannotCreateTransactionException;

/** Tells a database that cannot answer now from a mistake of our own. */
public final class DatabaseAway {

  private DatabaseAway() {}

  /** Whether a failure is that the database cannot answer now. */
  public static boolean isCauseOf(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CannotCreateTransactionException
          || cause instanceof DataAccessResourceFailureException
          || cause instanceof SQLTransientConnectionException
          || (cause instanceof SQLException sql && isPassing(sql.getSQLState()))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Lost connections (08), a lack of resources (53), an operator's intervention and time-outs (57,
   * 55P03), a standby that must give way (40).
   */
  private static boolean isPassing(String sqlState) {
    return sqlState != null
        && (sqlState.startsWith("08")
            || sqlState.startsWith("53")
            || sqlState.startsWith("57")
            || sqlState.startsWith("40")
            || sqlState.equals("55P03"));
  }
}
