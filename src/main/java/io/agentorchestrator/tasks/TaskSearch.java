package io.agentorchestrator.tasks;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * Which tasks a transaction needs: by name, or as the start of a search for those that are reached
 * only through others. Not thread-safe.
 */
public final class TaskSearch {

  private final Set<UUID> named = new HashSet<>();
  private final Set<UUID> assigned = new HashSet<>();
  private final Set<UUID> completing = new HashSet<>();
  private final Set<UUID> falling = new HashSet<>();
  private final Set<UUID> fallingWorkflows = new HashSet<>();
  private final Set<UUID> pausingWorkflows = new HashSet<>();
  private final Set<UUID> losingAgents = new HashSet<>();

  /** Adds tasks by their names. */
  public void add(Collection<UUID> tasks) {
    named.addAll(tasks);
  }

  /** Adds a task by its name. */
  public void add(UUID task) {
    named.add(task);
  }

  /** Adds a task that is to be assigned, whose dependencies count. */
  public void addAssigned(UUID task) {
    named.add(task);
    assigned.add(task);
  }

  /** Adds a task that may be completed, and unblock what waits for it. */
  public void addCompleting(UUID task) {
    named.add(task);
    completing.add(task);
  }

  /** Adds a task that may end badly, and take others with it. */
  public void addFalling(UUID task) {
    named.add(task);
    falling.add(task);
  }

  /** Adds the open tasks of a workflow, which end badly, and take others with them. */
  public void addFallingWorkflow(UUID workflow) {
    fallingWorkflows.add(workflow);
  }

  /** Adds the open tasks of a workflow, which stop or go on waiting. */
  public void addPausingWorkflow(UUID workflow) {
    pausingWorkflows.add(workflow);
  }

  /** Adds the tasks that an agent holds and gives back. */
  public void addReleasedBy(UUID agent) {
    losingAgents.add(agent);
  }

  /** Returns the tasks named. */
  public Set<UUID> named() {
    return named;
  }

  /** Returns the tasks to be assigned. */
  public Set<UUID> assigned() {
    return assigned;
  }

  /** Returns the tasks that may be completed. */
  public Set<UUID> completing() {
    return completing;
  }

  /** Returns the tasks that may end badly. */
  public Set<UUID> falling() {
    return falling;
  }

  /** Returns the workflows whose open tasks end badly. */
  public Set<UUID> fallingWorkflows() {
    return fallingWorkflows;
  }

  /** Returns the workflows whose open tasks stop or go on waiting. */
  public Set<UUID> pausingWorkflows() {
    return pausingWorkflows;
  }

  /** Returns the agents that give their tasks back. */
  public Set<UUID> losingAgents() {
    return losingAgents;
  }
}
