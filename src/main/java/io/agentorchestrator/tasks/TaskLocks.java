package io.agentorchestrator.tasks;

import jakarta.persistence.EntityManager;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Finds and locks the tasks of a transaction, always in the order of their ids. */
@Component
@Transactional(propagation = Propagation.MANDATORY)
public class TaskLocks {

  private final TaskRepository repository;
  private final EntityManager entityManager;

  TaskLocks(TaskRepository repository, EntityManager entityManager) {
    this.repository = repository;
    this.entityManager = entityManager;
  }

  /**
   * Finds the tasks a plan needs: those it names and those it reaches only through others.
   * Unlocked, so to be asked again once the locks are held: the answer may have grown.
   */
  public Set<UUID> reached(LockPlan plan) {
    Set<UUID> ids = new HashSet<>(plan.tasks());
    if (!plan.falling().isEmpty()) {
      ids.addAll(repository.fallingWith(array(plan.falling())));
    }
    if (!plan.departing().isEmpty()) {
      ids.addAll(repository.heldBy(array(plan.departing())));
    }
    return ids;
  }

  /**
   * Locks the tasks given until the transaction ends. To be called before agents are locked. The
   * dependencies of tasks to be assigned are only looked at: one that is completed stays so, and
   * one that ends badly later will want the lock of what waits for it.
   */
  public LockedTasks lock(Collection<UUID> ids, LockPlan plan) {
    if (ids.isEmpty()) {
      return new LockedTasks(List.of());
    }
    LockedTasks tasks = new LockedTasks(repository.lock(array(ids)));
    Set<UUID> unlocked = new HashSet<>();
    for (UUID id : plan.assigned()) {
      tasks.find(id).ifPresent(task -> unlocked.addAll(task.dependsOn()));
    }
    unlocked.removeAll(ids);
    if (!unlocked.isEmpty()) {
      unlocked.removeAll(repository.notCompleted(array(unlocked)));
      tasks.addCompleted(unlocked);
    }
    return tasks;
  }

  /** Hands the tasks that came into being to the database, in the order of their creation. */
  public void persistCreated(LockedTasks tasks) {
    tasks.created().forEach(entityManager::persist);
  }

  private static UUID[] array(Collection<UUID> ids) {
    return ids.toArray(UUID[]::new);
  }
}
