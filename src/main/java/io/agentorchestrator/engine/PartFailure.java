package io.agentorchestrator.engine;

import io.agentorchestrator.messages.Command.BulkAction;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.sqlstate.SqlStates;
import jakarta.persistence.PersistenceException;
import java.sql.SQLException;
import java.util.UUID;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Tells whether the failure of a nested part is the part's own. Whatever comes of the server, the
 * network, the schema or a race is not, and concerns the whole transaction.
 */
final class PartFailure {

  private PartFailure() {}

  static boolean isItsOwn(RuntimeException failure) {
    String state = SqlStates.of(failure);
    return state == null ? isDefect(failure) : SqlStates.isOfTheData(failure);
  }

  /** What a failure tells users: its kind, for its message could carry what a row held. */
  static Rejection rejection(BulkAction action, UUID agent, RuntimeException failure) {
    String state = SqlStates.of(failure);
    return Rejection.invalidState(
        "Expected to %s agent %s, but it failed and was undone (%s)."
            .formatted(
                action.verb(),
                agent,
                state == null ? failure.getClass().getSimpleName() : "SQLSTATE " + state));
  }

  private static boolean isDefect(RuntimeException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof LocksGrewException
          || cause instanceof SQLException
          || cause instanceof DataAccessException
          || cause instanceof PersistenceException
          || cause instanceof TransactionException) {
        return false;
      }
    }
    return true;
  }
}
