package io.agentorchestrator.commands;

import io.agentorchestrator.engine.LocksGrewException;
import io.agentorchestrator.sqlstate.SqlStates;
import org.springframework.transaction.CannotCreateTransactionException;
import tools.jackson.core.JacksonException;

/** Tells whose fault a failed transaction is. Only a record's own fault may ever dead-letter it. */
final class Failures {

  /** Whose fault it is. */
  enum Kind {
    /** Somebody was faster: run again at once, and find out. */
    RACE,
    /** A record's own: isolate it. */
    RECORD,
    /** PostgreSQL's, Kafka's, the network's, the schema's: wait, for ever. */
    INFRASTRUCTURE
  }

  private Failures() {}

  static Kind kindOf(Throwable failure) {
    if (failure instanceof RunAgainException || failure instanceof LocksGrewException) {
      return Kind.RACE;
    }
    if (failure instanceof CannotCreateTransactionException) {
      return Kind.INFRASTRUCTURE; // Whatever a server says while it is connected to.
    }
    String state = SqlStates.of(failure);
    if (state != null) {
      if (state.equals("23505")) {
        return Kind.RACE;
      }
      return SqlStates.isOfTheData(failure) ? Kind.RECORD : Kind.INFRASTRUCTURE;
    }
    boolean ours = failure instanceof HandlerException || failure instanceof JacksonException;
    return ours && !SqlStates.isOfTheDatabase(failure) ? Kind.RECORD : Kind.INFRASTRUCTURE;
  }
}
