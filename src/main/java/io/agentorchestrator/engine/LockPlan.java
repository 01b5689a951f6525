package io.agentorchestrator.engine;

import io.agentorchestrator.messages.Command;
import io.agentorchestrator.messages.Command.AgentCommand;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.Command.BulkAgents;
import io.agentorchestrator.messages.Command.CancelTask;
import io.agentorchestrator.messages.Command.CancelWorkflow;
import io.agentorchestrator.messages.Command.CompleteTask;
import io.agentorchestrator.messages.Command.CreateTask;
import io.agentorchestrator.messages.Command.CreateWorkflow;
import io.agentorchestrator.messages.Command.DeregisterAgent;
import io.agentorchestrator.messages.Command.FailTask;
import io.agentorchestrator.messages.Command.HolderCommand;
import io.agentorchestrator.messages.Command.PauseWorkflow;
import io.agentorchestrator.messages.Command.ReportProgress;
import io.agentorchestrator.messages.Command.ResumeWorkflow;
import io.agentorchestrator.messages.Command.StartTask;
import io.agentorchestrator.messages.Command.TaskCommand;
import io.agentorchestrator.messages.Command.WorkflowCommand;
import io.agentorchestrator.messages.Command.WorkflowTask;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.tasks.TaskCreation;
import io.agentorchestrator.tasks.TaskSearch;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Which rows a transaction needs, as far as its causes themselves tell: by name, or as the start of
 * a search. Not thread-safe.
 */
public final class LockPlan {

  private final TaskSearch tasks = new TaskSearch();
  private final Set<UUID> agents = new HashSet<>();
  private final Set<UUID> workflows = new HashSet<>();
  private final Set<UUID> bestMatched = new HashSet<>();
  private final Map<UUID, List<String>> created = new HashMap<>();

  /** Adds the subject of a command that is refused whatever it says. */
  public void addSubject(UUID subject, EntityType type) {
    switch (type) {
      case AGENT -> agents.add(subject);
      case TASK -> tasks.add(subject);
      case WORKFLOW -> workflows.add(subject);
      case SERVICE, BULK_OPERATION -> {
        // Neither has a row that a refusal needs.
      }
    }
  }

  /** Adds what a command needs. */
  public void add(UUID subject, Command command) {
    switch (command) {
      case AgentCommand agentCommand -> {
        agents.add(subject);
        if (agentCommand instanceof DeregisterAgent) {
          tasks.addReleasedBy(subject);
        }
      }
      case TaskCommand taskCommand -> addTaskCommand(subject, taskCommand);
      case WorkflowCommand workflowCommand -> addWorkflowCommand(subject, workflowCommand);
      case BulkAgents bulk -> {
        if (bulk.agentIds().size() <= BulkOperations.MAX_AGENTS) { // More are refused unseen.
          agents.addAll(bulk.agentIds());
          if (bulk.action().releasesTasks()) {
            bulk.agentIds().forEach(tasks::addReleasedBy);
          }
        }
      }
    }
  }

  private void addTaskCommand(UUID subject, TaskCommand command) {
    switch (command) {
      case CreateTask create -> addCreation(subject, create);
      case AssignTask assign -> {
        tasks.addAssigned(subject);
        if (assign.agentId() == null) {
          bestMatched.add(subject);
        } else {
          agents.add(assign.agentId());
        }
      }
      case CancelTask cancel -> tasks.addFalling(subject);
      case HolderCommand word -> {
        agents.add(word.agentId());
        switch (word) {
          case StartTask start -> tasks.add(subject);
          case ReportProgress report -> tasks.add(subject);
          case CompleteTask complete -> tasks.addCompleting(subject);
          case FailTask fail -> tasks.addFalling(subject);
        }
      }
    }
  }

  private void addCreation(UUID id, CreateTask create) {
    tasks.add(id);
    created.put(id, create.requiredCapabilities());
    if (create.dependsOn().size() <= TaskCreation.MAX_DEPENDENCIES) {
      tasks.add(create.dependsOn()); // More are refused unseen.
    }
    if (create.parentTaskId() != null) {
      tasks.add(create.parentTaskId());
    }
    if (create.workflowId() != null) {
      workflows.add(create.workflowId());
    }
  }

  private void addWorkflowCommand(UUID subject, WorkflowCommand command) {
    workflows.add(subject);
    switch (command) {
      case CreateWorkflow create -> {
        for (WorkflowTask each : create.tasks()) {
          tasks.add(each.taskId());
          created.put(each.taskId(), each.task().requiredCapabilities());
          if (each.task().parentTaskId() != null) {
            tasks.add(each.task().parentTaskId());
          }
        }
      }
      case PauseWorkflow pause -> tasks.addPausingWorkflow(subject);
      case ResumeWorkflow resume -> tasks.addPausingWorkflow(subject);
      case CancelWorkflow cancel -> tasks.addFallingWorkflow(subject);
    }
  }

  /** Returns the search for the tasks, to be added to. */
  public TaskSearch tasks() {
    return tasks;
  }

  /** Returns the agents named, to be added to. */
  public Set<UUID> agents() {
    return agents;
  }

  /** Returns the workflows named, to be added to. */
  public Set<UUID> workflows() {
    return workflows;
  }

  /** The tasks that the best agents within reach are wanted for. */
  Set<UUID> bestMatched() {
    return bestMatched;
  }

  /** What an agent must be capable of for the tasks that may come into being. */
  Map<UUID, List<String>> created() {
    return created;
  }
}
