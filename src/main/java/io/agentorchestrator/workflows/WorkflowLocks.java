package io.agentorchestrator.workflows;

import jakarta.persistence.EntityManager;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Finds and locks the workflows of a transaction, always after tasks and agents are locked. */
@Component
@Transactional(propagation = Propagation.MANDATORY)
public class WorkflowLocks {

  private final WorkflowRepository repository;
  private final EntityManager entityManager;

  WorkflowLocks(WorkflowRepository repository, EntityManager entityManager) {
    this.repository = repository;
    this.entityManager = entityManager;
  }

  /** Locks the workflows given until the transaction ends, and waits for them. */
  public LockedWorkflows lock(Collection<UUID> ids) {
    if (ids.isEmpty()) {
      return new LockedWorkflows(List.of(), List.of());
    }
    UUID[] array = ids.toArray(UUID[]::new);
    return new LockedWorkflows(repository.lock(array), repository.progress(array));
  }

  /** Finds open workflows whose time has run out, unlocked. */
  public List<UUID> overdue(Instant now, int most) {
    return repository.overdue(now, most);
  }

  /** Hands the workflows that came into being to the database. To be called before the tasks'. */
  public void persistCreated(LockedWorkflows workflows) {
    workflows.created().forEach(entityManager::persist);
  }
}
