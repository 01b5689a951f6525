package io.agentorchestrator.database;

import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.TransactionDefinition;

/** Says of each transaction, before it takes a connection, whether it only reads. */
final class RoutingTransactionManager extends JpaTransactionManager {

  @Override
  protected void doBegin(Object transaction, TransactionDefinition definition) {
    ReadRoute.reading(definition.isReadOnly(), () -> super.doBegin(transaction, definition));
  }
}
