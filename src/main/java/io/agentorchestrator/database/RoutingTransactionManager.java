package io.agentorchestrator.database;

import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionStatus;

/** Says of each transaction, before it takes a connection, whether it only reads; and times it. */
final class RoutingTransactionManager extends JpaTransactionManager {

  private final transient TransactionTimes times;

  RoutingTransactionManager(TransactionTimes times) {
    this.times = times;
  }

  @Override
  protected void doBegin(Object transaction, TransactionDefinition definition) {
    times.begin(definition.isReadOnly());
    try {
      ReadRoute.reading(definition.isReadOnly(), () -> super.doBegin(transaction, definition));
    } catch (RuntimeException | Error e) {
      times.end();
      throw e;
    }
  }

  @Override
  protected void doCommit(DefaultTransactionStatus status) {
    super.doCommit(status);
    times.committed();
  }

  @Override
  protected void doCleanupAfterCompletion(Object transaction) {
    super.doCleanupAfterCompletion(transaction);
    times.end();
  }
}
