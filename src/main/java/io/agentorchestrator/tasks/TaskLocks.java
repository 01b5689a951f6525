package io.agentorchestrator.tasks;

import jakarta.persistence.EntityManager;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Finds and locks the tasks of a transaction, always before agents and workflows are locked. */
@Component
@Transactional(propagation = Propagation.MANDATORY)
public class TaskLocks {

  private final TaskRepository repository;
  private final EntityManager entityManager;
  private final JdbcClient jdbc;

  TaskLocks(TaskRepository repository, EntityManager entityManager, JdbcClient jdbc) {
    this.repository = repository;
    this.entityManager = entityManager;
    this.jdbc = jdbc;
  }

  /**
   * Finds the tasks a search comes to. Unlocked, so to be asked again once the locks are held: the
   * answer may have grown.
   */
  public Set<UUID> reached(TaskSearch search) {
    Set<UUID> ids = new HashSet<>(search.named());
    if (!search.completing().isEmpty()) {
      ids.addAll(repository.waitingFor(array(search.completing())));
    }
    if (!search.falling().isEmpty() || !search.fallingWorkflows().isEmpty()) {
      ids.addAll(repository.fallingWith(array(search.falling()), array(search.fallingWorkflows())));
    }
    if (!search.pausingWorkflows().isEmpty()) {
      ids.addAll(repository.openTasksOf(array(search.pausingWorkflows())));
    }
    if (!search.losingAgents().isEmpty()) {
      ids.addAll(repository.heldBy(array(search.losingAgents())));
    }
    return ids;
  }

  /** Finds the tasks that the agents given hold, unlocked. */
  public List<UUID> heldBy(Collection<UUID> agents) {
    return agents.isEmpty() ? List.of() : repository.heldBy(array(agents));
  }

  /**
   * Locks the tasks given until the transaction ends, and waits for them. The dependencies of tasks
   * to be assigned are only looked at: one that is completed stays so, and one that ends badly
   * later will want the lock of what waits for it.
   */
  public LockedTasks lock(Collection<UUID> ids, TaskSearch search) {
    if (ids.isEmpty()) {
      return new LockedTasks(List.of());
    }
    LockedTasks tasks = new LockedTasks(repository.lock(array(ids)));
    Set<UUID> unlocked = new HashSet<>();
    for (UUID id : search.assigned()) {
      tasks.find(id).filter(Task::isBlocked).ifPresent(task -> unlocked.addAll(task.dependsOn()));
    }
    unlocked.removeAll(ids);
    if (!unlocked.isEmpty()) {
      unlocked.removeAll(repository.notCompleted(array(unlocked)));
      tasks.addCompleted(unlocked);
    }
    return tasks;
  }

  /** Locks those of the tasks given that nobody else has locked; never waits. */
  public LockedTasks lockFree(Collection<UUID> ids) {
    return new LockedTasks(ids.isEmpty() ? List.of() : repository.lockFree(array(ids)));
  }

  /**
   * Locks those of the tasks given that still wait in the queue and that nobody else has locked,
   * the first in the queue first; never waits.
   *
   * @param most how many at most
   */
  public LockedTasks lockQueued(Collection<UUID> ids, int most) {
    return new LockedTasks(ids.isEmpty() ? List.of() : repository.lockQueued(array(ids), most));
  }

  /** Finds tasks whose attempt has passed its deadline, unlocked. */
  public List<UUID> overdue(Instant now, int most) {
    return repository.overdue(now, most);
  }

  /**
   * Queues tasks whose delay before a retry is over.
   *
   * @return how many
   */
  public int queueDue(Instant now, int most) {
    return repository.queueDue(now, most);
  }

  /** Hands the tasks that came into being to the database, in the order of their creation. */
  public void persistCreated(LockedTasks tasks) {
    tasks.created().forEach(entityManager::persist);
    List<UUID> waiting =
        tasks.created().stream()
            .flatMap(task -> task.dependsOn().stream().map(unused -> task.id()))
            .toList();
    if (!waiting.isEmpty()) {
      jdbc.sql("INSERT INTO task_dependencies (depends_on, task_id) SELECT * FROM unnest(?, ?)")
          .params(
              tasks.created().stream()
                  .flatMap(task -> task.dependsOn().stream())
                  .toArray(UUID[]::new),
              array(waiting))
          .update();
    }
  }

  private static UUID[] array(Collection<UUID> ids) {
    return ids.toArray(UUID[]::new);
  }
}
