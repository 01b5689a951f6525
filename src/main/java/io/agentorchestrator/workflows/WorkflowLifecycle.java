package io.agentorchestrator.workflows;

import io.agentorchestrator.messages.Command.CancelWorkflow;
import io.agentorchestrator.messages.Command.CreateTask;
import io.agentorchestrator.messages.Command.CreateWorkflow;
import io.agentorchestrator.messages.Command.PauseWorkflow;
import io.agentorchestrator.messages.Command.ResumeWorkflow;
import io.agentorchestrator.messages.Command.WorkflowCommand;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.tasks.Membership;
import io.agentorchestrator.tasks.TaskChange;
import io.agentorchestrator.tasks.TaskCreation;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Applies the commands about workflows, and lets tasks join them. */
@Component
public class WorkflowLifecycle {

  /** The most tasks of a workflow, whether it was created with them or they joined it. */
  static final int MAX_TASKS = 100;

  private final WorkflowCreation creation;
  private final WorkflowProgression progression;
  private final TaskCreation taskCreation;

  WorkflowLifecycle(
      WorkflowCreation creation, WorkflowProgression progression, TaskCreation taskCreation) {
    this.creation = creation;
    this.progression = progression;
    this.taskCreation = taskCreation;
  }

  /** Applies a command, or says why not. */
  public Optional<Rejection> apply(
      WorkflowCommand command, UUID id, TaskChange change, LockedWorkflows workflows) {
    if (command instanceof CreateWorkflow create) {
      return creation.create(create, id, change, workflows);
    }
    Optional<Workflow> found = workflows.find(id);
    if (found.isEmpty()) {
      return Optional.of(
          Rejection.notFound(
              "Expected to apply %s to workflow %s, but there is no such workflow."
                  .formatted(command.type().operation(), id)));
    }
    return apply(command, found.get(), change);
  }

  private Optional<Rejection> apply(WorkflowCommand command, Workflow workflow, TaskChange change) {
    return switch (command) {
      case CreateWorkflow create ->
          throw new IllegalStateException("there is a workflow already: " + create.name());
      case PauseWorkflow pause ->
          change
              .log()
              .change(change.cause(), workflow, () -> workflow.pause(pause.reason()))
              .or(() -> holdBack(workflow, true, change));
      case ResumeWorkflow resume ->
          change
              .log()
              .change(change.cause(), workflow, () -> workflow.resume(resume.reason()))
              .or(() -> holdBack(workflow, false, change));
      case CancelWorkflow cancel ->
          change
              .log()
              .change(
                  change.cause(),
                  workflow,
                  () -> workflow.cancel(cancel.reason(), change.log().now()))
              .or(
                  () -> {
                    progression.cancelOpenTasks(
                        workflow, "Workflow %s was canceled.".formatted(workflow.id()), change);
                    return Optional.empty();
                  });
    };
  }

  private static Optional<Rejection> holdBack(Workflow workflow, boolean hold, TaskChange change) {
    change.tasks().openOf(workflow.id()).forEach(task -> task.holdBack(hold));
    return Optional.empty();
  }

  /** Creates a task as a part of the workflow it names, or says why not. */
  public Optional<Rejection> createTask(
      CreateTask command, UUID id, UUID workflowId, TaskChange change, LockedWorkflows workflows) {
    Optional<Rejection> known = TaskCreation.refusalOfId(id, change.tasks());
    if (known.isPresent()) {
      return known;
    }
    Optional<Workflow> workflow = workflows.find(workflowId);
    if (workflow.isEmpty()) {
      return Optional.of(
          Rejection.notFound(
              "Expected to create task %s in workflow %s, but there is no such workflow."
                  .formatted(id, workflowId)));
    }
    WorkflowStatus status = workflow.get().status();
    if (status.isFinal()) {
      return Optional.of(
          Rejection.invalidState(
              "Expected to create task %s in workflow %s, but that is in state %s."
                  .formatted(id, workflowId, status.value())));
    }
    if (workflows.progress(workflowId).tasks() >= MAX_TASKS) {
      return Optional.of(
          Rejection.invalidArgument(
              "Expected to create task %s in workflow %s, but that has %d tasks already."
                  .formatted(id, workflowId, MAX_TASKS)));
    }
    List<UUID> foreign =
        command.dependsOn().stream()
            .filter(
                dependency ->
                    change
                        .tasks()
                        .find(dependency)
                        .filter(task -> !workflowId.equals(task.workflowId()))
                        .isPresent())
            .toList();
    if (!foreign.isEmpty()) {
      return Optional.of(
          Rejection.invalidArgument(
              "Expected to create task %s depending on tasks of workflow %s, but %s are not in it."
                  .formatted(id, workflowId, foreign)));
    }
    return taskCreation.create(
        command, id, new Membership(workflowId, status == WorkflowStatus.PAUSED), change);
  }
}
