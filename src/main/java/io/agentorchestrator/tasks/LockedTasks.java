package io.agentorchestrator.tasks;

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

  LockedTasks(Collection<Task> locked) {
    locked.forEach(this::index);
  }

  /** Finds a task among those locked or created. */
  public Optional<Task> find(UUID id) {
    return Optional.ofNullable(tasks.get(id));
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

  /** The tasks an agent holds now. */
  List<Task> heldBy(UUID agentId) {
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
    return task.dependsOn().stream().filter(id -> !isCompleted(id)).toList();
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
  }

  private void index(Task task) {
    tasks.put(task.id(), task);
    UUID parent = task.parentTaskId();
    if (parent != null) {
      children.computeIfAbsent(parent, unused -> new ArrayList<>()).add(task);
    }
    for (UUID dependency : task.dependsOn()) {
      dependants.computeIfAbsent(dependency, unused -> new ArrayList<>()).add(task);
    }
  }

  List<Task> created() {
    return created;
  }
}
