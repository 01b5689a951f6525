package io.agentorchestrator.log;

import io.agentorchestrator.messages.JsonObject;
import jakarta.persistence.EntityManager;
import java.util.List;
import java.util.Map;
import org.hibernate.id.uuid.UuidVersion7Strategy;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.json.JsonMapper;

/**
 * Appends to the orchestration log, in the transaction of the change. There is no other way in: an
 * entry written outside of it would tell of something that may never have happened.
 */
@Component
public class OrchestrationLog {

  private final EntityManager entityManager;
  private final OrchestrationLogRepository repository;
  private final JsonMapper json;

  OrchestrationLog(
      EntityManager entityManager, OrchestrationLogRepository repository, JsonMapper json) {
    this.entityManager = entityManager;
    this.repository = repository;
    this.json = json;
  }

  /**
   * Writes a batch, each entry with the next position. To be called when every lock of the
   * transaction is held: only so do positions rise within an entity.
   *
   * @throws org.springframework.transaction.IllegalTransactionStateException outside of a
   *     transaction
   * @throws IllegalStateException in a transaction that has not passed {@link LogGate}
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public void write(LogBatch batch) {
    List<LogBatch.Pending> entries = batch.entries();
    if (entries.isEmpty()) {
      return;
    }
    LogGate.requireInside();
    List<Long> positions = repository.nextPositions(entries.size());
    for (int i = 0; i < entries.size(); i++) {
      entityManager.persist(entry(entries.get(i), positions.get(i), batch));
    }
  }

  private LogEntry entry(LogBatch.Pending pending, long position, LogBatch batch) {
    Decision.Occurred occurred = pending.occurred();
    return new LogEntry(
        UuidVersion7Strategy.INSTANCE.generateUuid(null),
        position,
        batch.now(),
        occurred.type(),
        pending.entityType(),
        pending.entityId(),
        pending.entityVersion(),
        occurred.status(),
        occurred.message(),
        pending.cause(),
        occurred.agentId(),
        object(pending.changes()),
        object(pending.details()));
  }

  private JsonObject object(Map<String, ? extends @Nullable Object> members) {
    return members.isEmpty() ? JsonObject.EMPTY : new JsonObject(json.writeValueAsString(members));
  }
}
