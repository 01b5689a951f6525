package io.agentorchestrator.workflows;

import io.agentorchestrator.tasks.LockedTasks.Movement;
import io.agentorchestrator.tasks.Task;
import io.agentorchestrator.tasks.TaskCancellation;
import io.agentorchestrator.tasks.TaskChange;
import io.agentorchestrator.tasks.TaskStatus;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Makes workflows follow what their tasks do: the first assignment starts one, the last end ends
 * it, and a bad end may end it at once.
 */
@Component
public class WorkflowProgression {

  private final TaskCancellation taskCancellation;

  WorkflowProgression(TaskCancellation taskCancellation) {
    this.taskCancellation = taskCancellation;
  }

  /**
   * Takes in what happened to tasks since this was asked for last. To be called after each cause,
   * with the workflows of all its tasks locked.
   */
  public void follow(TaskChange change, LockedWorkflows workflows) {
    Set<Workflow> touched = new LinkedHashSet<>();
    Map<Workflow, String> failing = new HashMap<>();
    for (List<Movement> moved = change.tasks().takeMovements();
        !moved.isEmpty();
        moved = change.tasks().takeMovements()) {
      for (Movement movement : moved) {
        UUID id = movement.task().workflowId();
        if (id != null) {
          Workflow workflow = workflows.get(id);
          touched.add(workflow);
          count(movement, workflow, workflows.progress(id), change);
          if (isFatal(movement, workflow) && !failing.containsKey(workflow)) {
            String why = "Task %s is %s.".formatted(movement.task().id(), movement.to().value());
            failing.put(workflow, why);
            cancelOpenTasks(workflow, "Workflow %s failed: %s".formatted(id, why), change);
          }
        }
      }
    }
    for (Workflow workflow : touched) {
      WorkflowProgress progress = workflows.progress(workflow.id());
      if (!workflow.status().isFinal()) {
        end(workflow, progress, failing.get(workflow), change);
      }
      if (workflow.status().isFinal() && !progress.isDone()) {
        throw new IllegalStateException(
            "workflow " + workflow.id() + " would end with open tasks that are not locked");
      }
    }
  }

  /** Fails a workflow whose time has run out; nothing where it has not. */
  public void timeOut(UUID id, TaskChange change, LockedWorkflows workflows) {
    Workflow workflow = workflows.get(id);
    if (workflow.isOverdue(change.log().now())) {
      cancelOpenTasks(workflow, "Workflow %s timed out.".formatted(id), change);
      fail(workflow, "The workflow timed out.", change);
    }
  }

  /** Cancels the open tasks of a workflow, and what falls with them. */
  void cancelOpenTasks(Workflow workflow, String reason, TaskChange change) {
    for (Task task : change.tasks().openOf(workflow.id())) {
      if (!task.status().isFinal()) { // It may have fallen with the one before.
        taskCancellation.cancel(task, reason, change);
      }
    }
  }

  private static void count(
      Movement movement, Workflow workflow, WorkflowProgress progress, TaskChange change) {
    Instant now = change.log().now();
    if (movement.from() == null) {
      progress.taskCreated();
    } else if (movement.to() == TaskStatus.ASSIGNED) {
      change.log().change(change.cause(), workflow, () -> workflow.taskAssigned(now));
    } else if (movement.to().isFinal()) {
      progress.taskEnded(movement.to() == TaskStatus.COMPLETED);
    }
  }

  private static boolean isFatal(Movement movement, Workflow workflow) {
    return movement.to().isFinal()
        && movement.to() != TaskStatus.COMPLETED
        && workflow.failsWithATask()
        && !workflow.status().isFinal();
  }

  private static void end(
      Workflow workflow, WorkflowProgress progress, @Nullable String failure, TaskChange change) {
    if (failure != null) {
      fail(workflow, failure, change);
    } else if (progress.isDone() && progress.hasFailed()) {
      fail(workflow, "Not all tasks were completed.", change);
    } else if (progress.isDone()) {
      change.log().change(change.cause(), workflow, () -> workflow.complete(change.log().now()));
    }
  }

  private static void fail(Workflow workflow, String reason, TaskChange change) {
    change.log().change(change.cause(), workflow, () -> workflow.fail(reason, change.log().now()));
  }
}
