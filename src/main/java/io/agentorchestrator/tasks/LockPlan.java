package io.agentorchestrator.tasks;

import io.agentorchestrator.messages.Command;
import io.agentorchestrator.messages.Command.AgentCommand;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.Command.CancelTask;
import io.agentorchestrator.messages.Command.CreateTask;
import io.agentorchestrator.messages.Command.DeregisterAgent;
import io.agentorchestrator.messages.Command.FailTask;
import io.agentorchestrator.messages.Command.HolderCommand;
import io.agentorchestrator.messages.Command.TaskCommand;
import io.agentorchestrator.messages.EntityType;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * Which rows the commands of a transaction need, as far as the commands themselves tell: by name,
 * or as the start of a search ({@link TaskLocks#reached}). Not thread-safe.
 */
public final class LockPlan {

  private final Set<UUID> tasks = new HashSet<>();
  private final Set<UUID> agents = new HashSet<>();
  private final Set<UUID> assigned = new HashSet<>();
  private final Set<UUID> falling = new HashSet<>();
  private final Set<UUID> departing = new HashSet<>();

  /** Adds the subject of a command that is refused whatever it says. */
  public void addSubject(UUID subject, EntityType type) {
    switch (type) {
      case AGENT -> agents.add(subject);
      case TASK -> tasks.add(subject);
      case WORKFLOW, SERVICE, BULK_OPERATION -> {
        // Nothing of this kind has a row yet.
      }
    }
  }

  /** Adds what a command needs. */
  public void add(UUID subject, Command command) {
    switch (command) {
      case AgentCommand agentCommand -> addAgentCommand(subject, agentCommand);
      case TaskCommand taskCommand -> addTaskCommand(subject, taskCommand);
    }
  }

  private void addAgentCommand(UUID subject, AgentCommand command) {
    agents.add(subject);
    if (command instanceof DeregisterAgent) {
      departing.add(subject);
    }
  }

  private void addTaskCommand(UUID subject, TaskCommand command) {
    tasks.add(subject);
    switch (command) {
      case CreateTask create -> {
        if (create.dependsOn().size() <= TaskCreation.MAX_DEPENDENCIES) {
          tasks.addAll(create.dependsOn()); // More are refused unseen.
        }
        if (create.parentTaskId() != null) {
          tasks.add(create.parentTaskId());
        }
      }
      case AssignTask assign -> {
        assigned.add(subject);
        if (assign.agentId() != null) {
          agents.add(assign.agentId());
        }
      }
      case CancelTask cancel -> falling.add(subject);
      case HolderCommand word -> {
        agents.add(word.agentId());
        if (word instanceof FailTask) {
          falling.add(subject);
        }
      }
    }
  }

  /** The tasks named. */
  Set<UUID> tasks() {
    return tasks;
  }

  /** Returns the agents named. */
  public Set<UUID> agents() {
    return agents;
  }

  /** The tasks to be assigned, whose dependencies count. */
  Set<UUID> assigned() {
    return assigned;
  }

  /** The tasks that may end badly, and take others with them. */
  Set<UUID> falling() {
    return falling;
  }

  /** The agents that leave, and lose their tasks. */
  Set<UUID> departing() {
    return departing;
  }
}
