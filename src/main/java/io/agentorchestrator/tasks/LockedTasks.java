package io.agentorchestrator.tasks;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The tasks a transaction may change: those it has locked, and those it brings into being. Any
 * other task is, for this transaction, not there. Not thread-safe.
 */
public final class LockedTasks {

  private final Map<UUID, Task> tasks = new LinkedHashMap<>();
  private final Map<UUID, List<Task>> children = new HashMap<>();
  private final Map<UUID, List<Task>> dependants = new HashMap<>();
  private final List<Task> created = new ArrayList<>();
  private final Set<UUID> completed = new HashSet<>();
  private final Map<UUID, List<Task>> byWorkflow = new HashMap<>();
  private List<Movement> movements = new ArrayList<>();

  /**
   * What happened to a task, for whoever keeps count.
   *
   * @param from its state before; null for a new one
   * @param to its state after
   */
  public record Movement(Task task, @Nullable TaskStatus from, TaskStatus to) {}

  LockedTasks(Collection<Task> locked) {
    locked.forEach(this::index);
  }

  /** Finds a task among those locked or created. */
  public Optional<Task> find(UUID id) {
    return Optional.ofNullable(tasks.get(id));
  }

  /** Returns these tasks, in the order they were locked or created. */
  public Collection<Task> all() {
    return tasks.values();
  }

  /** Returns the workflows that these tasks belong to. */
  public Set<UUID> workflows() {
    return new HashSet<>(byWorkflow.keySet());
  }

  /** Returns the open tasks of a workflow among these. */
  public List<Task> openOf(UUID workflow) {
    return open(byWorkflow.get(workflow));
  }

  /** Takes what happened since it was asked for last. */
  public List<Movement> takeMovements() {
    List<Movement> taken = movements;
    movements = new ArrayList<>();
    return taken;
  }

  void moved(Task task, @Nullable TaskStatus from) {
    movements.add(new Movement(task, from, task.status()));
  }

  /**
   * Puts each task into the queue or takes it out, as its fields want it.
   *
   * @return whether one has come into the queue
   */
  public boolean settle(Instant now) {
    boolean any = false;
    for (Task task : tasks.values()) {
      any |= task.settle(now);
    }
    return any;
  }

  /** Returns the agents that hold one of these tasks. */
  public Set<UUID> holders() {
    Set<UUID> holders = new HashSet<>();
    for (Task task : tasks.values()) {
      UUID holder = task.assignedAgentId();
      if (holder != null && task.status().isHeld()) {
        holders.add(holder);
      }
    }
    return holders;
  }

  /** Returns the tasks an agent holds now. */
  public List<Task> heldBy(UUID agentId) {
    return tasks.values().stream()
        .filter(task -> task.status().isHeld() && agentId.equals(task.assignedAgentId()))
        .toList();
  }

  /** The open tasks that are a part of the one given. */
  List<Task> openChildrenOf(UUID id) {
    return open(children.get(id));
  }

  /** The open tasks that wait for the one given. */
  List<Task> openDependantsOf(UUID id) {
    return open(dependants.get(id));
  }

  private static List<Task> open(@Nullable List<Task> tasks) {
    return tasks == null
        ? List.of()
        : tasks.stream().filter(task -> !task.status().isFinal()).toList();
  }

  /** The dependencies of a task that are not completed. */
  List<UUID> blocking(Task task) {
    return task.isBlocked()
        ? task.dependsOn().stream().filter(id -> !isCompleted(id)).toList()
        : List.of();
  }

  private boolean isCompleted(UUID id) {
    Task task = tasks.get(id);
    return task == null ? completed.contains(id) : task.status() == TaskStatus.COMPLETED;
  }

  /** Adds tasks that are not locked, but known to be completed for ever. */
  void addCompleted(Collection<UUID> ids) {
    completed.addAll(ids);
  }

  void add(Task task) {
    index(task);
    created.add(task);
    moved(task, null);
  }

  private void index(Task task) {
    tasks.put(task.id(), task);
    UUID parent = task.parentTaskId();
    if (parent != null) {
      children.computeIfAbsent(parent, unused -> new ArrayList<>()).add(task);
    }
    UUID workflow = task.workflowId();
    if (workflow != null) {
      byWorkflow.computeIfAbsent(workflow, unused -> new ArrayList<>()).add(task);
    }
    for (UUID dependency : task.dependsOn()) {
      dependants.computeIfAbsent(dependency, unused -> new ArrayList<>()).add(task);
    }
  }

  List<Task> created() {
    return created;
  }
}
