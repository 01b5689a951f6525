package io.agentorchestrator.engine;

import io.agentorchestrator.agents.AgentRegistry;
import io.agentorchestrator.log.Cause;
import io.agentorchestrator.messages.Command;
import io.agentorchestrator.messages.Command.AgentCommand;
import io.agentorchestrator.messages.Command.BulkAgents;
import io.agentorchestrator.messages.Command.CreateTask;
import io.agentorchestrator.messages.Command.DeregisterAgent;
import io.agentorchestrator.messages.Command.TaskCommand;
import io.agentorchestrator.messages.Command.WorkflowCommand;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.tasks.TaskAssignment;
import io.agentorchestrator.tasks.TaskChange;
import io.agentorchestrator.tasks.TaskLifecycle;
import io.agentorchestrator.workflows.WorkflowLifecycle;
import io.agentorchestrator.workflows.WorkflowProgression;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Applies a command about one agent, task or workflow to what its transaction has locked. */
@Component
class EntityCommands {

  private final AgentRegistry agentRegistry;
  private final TaskLifecycle taskLifecycle;
  private final TaskAssignment taskAssignment;
  private final WorkflowLifecycle workflowLifecycle;
  private final WorkflowProgression workflowProgression;

  EntityCommands(
      AgentRegistry agentRegistry,
      TaskLifecycle taskLifecycle,
      TaskAssignment taskAssignment,
      WorkflowLifecycle workflowLifecycle,
      WorkflowProgression workflowProgression) {
    this.agentRegistry = agentRegistry;
    this.taskLifecycle = taskLifecycle;
    this.taskAssignment = taskAssignment;
    this.workflowLifecycle = workflowLifecycle;
    this.workflowProgression = workflowProgression;
  }

  /**
   * Applies a command, or says why not.
   *
   * @param partition the partition it came on
   */
  Optional<Rejection> apply(
      Command command, UUID subject, int partition, Cause cause, WorkingSet set) {
    TaskChange change = set.change(cause);
    Optional<Rejection> rejection =
        switch (command) {
          case AgentCommand agentCommand ->
              applyAgentCommand(agentCommand, subject, partition, change);
          case TaskCommand taskCommand -> applyTaskCommand(taskCommand, subject, change, set);
          case WorkflowCommand workflowCommand ->
              workflowLifecycle.apply(workflowCommand, subject, change, set.workflows());
          case BulkAgents bulk ->
              throw new IllegalStateException("not about one of them: " + bulk.action());
        };
    workflowProgression.follow(change, set.workflows());
    return rejection;
  }

  private Optional<Rejection> applyAgentCommand(
      AgentCommand command, UUID subject, int partition, TaskChange change) {
    Optional<Rejection> rejection =
        agentRegistry.apply(
            command, subject, partition, change.cause(), change.agents(), change.log());
    if (rejection.isEmpty() && command instanceof DeregisterAgent) {
      taskAssignment.releaseAll(subject, "Agent deregistered.", change);
    }
    return rejection;
  }

  private Optional<Rejection> applyTaskCommand(
      TaskCommand command, UUID subject, TaskChange change, WorkingSet set) {
    if (command instanceof CreateTask create && create.workflowId() != null) {
      return workflowLifecycle.createTask(
          create, subject, create.workflowId(), change, set.workflows());
    }
    return taskLifecycle.apply(command, subject, change);
  }
}
