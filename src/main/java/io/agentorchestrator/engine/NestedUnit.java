package io.agentorchestrator.engine;

import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import java.util.Objects;
import java.util.function.Supplier;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.Transaction;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.orm.jpa.EntityManagerHolder;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Runs a part of a transaction that is written as a whole or not at all, whatever becomes of the
 * rest: in a savepoint, and in a persistence context of its own on the same connection. Spring has
 * no nested transactions with Hibernate, and in the one context there is, entities would remember
 * what was undone.
 *
 * <p>What the transaction has changed before must be flushed, and what it has read is out of date
 * afterwards. Locks taken before stay, whatever becomes of the part. Never transactional itself: an
 * exception that passed through would doom the whole transaction.
 */
@Component
class NestedUnit {

  private final EntityManagerFactory entityManagerFactory;
  private final JdbcTemplate jdbc;

  /** The context of a part, in the place of that of the transaction. */
  private static final class PartHolder extends EntityManagerHolder {
    PartHolder(EntityManager entityManager) {
      super(entityManager);
      setTransactionActive(true);
      setSynchronizedWithTransaction(true);
    }
  }

  NestedUnit(EntityManagerFactory entityManagerFactory, JdbcTemplate jdbc) {
    this.entityManagerFactory = entityManagerFactory;
    this.jdbc = jdbc;
  }

  /**
   * Runs a part, and writes all it did.
   *
   * @throws IllegalStateException outside of a transaction
   * @throws RuntimeException what the part or the writing threw; then nothing of it is left
   */
  <T> T run(Supplier<T> part) {
    if (!TransactionSynchronizationManager.isActualTransactionActive()) {
      throw new IllegalStateException("there is no transaction that this could be a part of");
    }
    SessionFactory sessions = entityManagerFactory.unwrap(SessionFactory.class);
    ConnectionCallback<T> inSavepoint =
        connection -> {
          try (Session session =
              sessions.withOptions().connection(SavepointConnection.on(connection)).openSession()) {
            return runIn(session, part);
          }
        };
    return Objects.requireNonNull(jdbc.execute(inSavepoint));
  }

  private <T> T runIn(Session session, Supplier<T> part) {
    Transaction transaction = session.beginTransaction();
    try {
      T result = runInPlaceOfTheOuter(session, part);
      session.flush();
      transaction.commit();
      return result;
    } catch (RuntimeException | Error e) {
      if (transaction.getStatus().canRollback()) {
        transaction.rollback(); // Where this fails too, so must the transaction.
      }
      throw e;
    }
  }

  private <T> T runInPlaceOfTheOuter(Session session, Supplier<T> part) {
    Object outer = TransactionSynchronizationManager.unbindResource(entityManagerFactory);
    TransactionSynchronizationManager.bindResource(entityManagerFactory, new PartHolder(session));
    try {
      return part.get();
    } finally {
      TransactionSynchronizationManager.unbindResource(entityManagerFactory);
      TransactionSynchronizationManager.bindResource(entityManagerFactory, outer);
    }
  }
}
