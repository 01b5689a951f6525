package io.agentorchestrator.engine;

import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** What is done only once the transaction at hand is committed. */
final class AfterCommit {

  private AfterCommit() {}

  /**
   * Does something once it is committed, on its thread, and never if it is rolled back.
   *
   * @throws IllegalStateException outside of a transaction
   */
  static void run(Runnable then) {
    TransactionSynchronizationManager.registerSynchronization(
        new TransactionSynchronization() {
          @Override
          public void afterCommit() {
            then.run();
          }
        });
  }
}
