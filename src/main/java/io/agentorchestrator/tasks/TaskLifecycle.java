package io.agentorchestrator.tasks;

import io.agentorchestrator.agents.AgentActivity;
import io.agentorchestrator.agents.AgentRegistry;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.Command.CancelTask;
import io.agentorchestrator.messages.Command.CompleteTask;
import io.agentorchestrator.messages.Command.CreateTask;
import io.agentorchestrator.messages.Command.FailTask;
import io.agentorchestrator.messages.Command.HolderCommand;
import io.agentorchestrator.messages.Command.ReportProgress;
import io.agentorchestrator.messages.Command.StartTask;
import io.agentorchestrator.messages.Command.TaskCommand;
import io.agentorchestrator.messages.Rejection;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.springframework.stereotype.Component;

/** Applies the commands about tasks to the rows a transaction has locked. */
@Component
public class TaskLifecycle {

  private final TaskCreation creation;
  private final TaskAssignment assignment;
  private final TaskCancellation cancellation;
  private final AgentRegistry agentRegistry;
  private final RetryDelay retryDelay;
  private final RandomGenerator random = RandomGenerator.getDefault();

  TaskLifecycle(
      TaskCreation creation,
      TaskAssignment assignment,
      TaskCancellation cancellation,
      AgentRegistry agentRegistry,
      RetryDelay retryDelay) {
    this.creation = creation;
    this.assignment = assignment;
    this.cancellation = cancellation;
    this.agentRegistry = agentRegistry;
    this.retryDelay = retryDelay;
  }

  /** Applies a command, or says why not. */
  public Optional<Rejection> apply(TaskCommand command, UUID subject, TaskChange change) {
    return switch (command) {
      case CreateTask create -> creation.create(create, subject, change);
      case AssignTask assign -> assignment.assign(assign, subject, change);
      case CancelTask cancel -> cancellation.cancel(cancel, subject, change);
      case HolderCommand word -> hear(word, subject, change);
    };
  }

  private Optional<Rejection> hear(HolderCommand word, UUID taskId, TaskChange change) {
    agentRegistry.heardOf(word.agentId(), change.cause(), change.agents(), change.log());
    Optional<Task> task = change.tasks().find(taskId);
    if (task.isEmpty()) {
      return Optional.of(
          Rejection.notFound(
              "Expected to hear of task %s, but there is no such task.".formatted(taskId)));
    }
    if (change.agents().find(word.agentId()).isEmpty()) {
      return Optional.of(
          Rejection.notFound(
              "Expected to hear of task %s from agent %s, but there is no such agent."
                  .formatted(taskId, word.agentId())));
    }
    return hear(word, task.get(), change);
  }

  private Optional<Rejection> hear(HolderCommand word, Task task, TaskChange change) {
    Instant now = change.log().now();
    return switch (word) {
      case StartTask start ->
          change.log().change(change.cause(), task, () -> task.start(start, now));
      case ReportProgress report -> progress(report, task, change);
      case CompleteTask complete -> complete(complete, task, change);
      case FailTask fail -> fail(fail, task, change);
    };
  }

  private static Optional<Rejection> progress(ReportProgress report, Task task, TaskChange change) {
    Instant now = change.log().now();
    return change
        .log()
        .change(change.cause(), task, () -> task.beginBeforeInputRequired(report, now))
        .or(() -> change.log().change(change.cause(), task, () -> task.progress(report, now)));
  }

  private static Optional<Rejection> complete(CompleteTask complete, Task task, TaskChange change) {
    Optional<Rejection> refusal =
        change
            .log()
            .change(change.cause(), task, () -> task.complete(complete, change.log().now()));
    if (refusal.isEmpty()) {
      AgentActivity activity = change.agents().activity(complete.agentId());
      activity.freed();
      activity.succeeded(task.duration());
    }
    return refusal;
  }

  private Optional<Rejection> fail(FailTask fail, Task task, TaskChange change) {
    Optional<Rejection> refusal =
        change
            .log()
            .change(
                change.cause(),
                task,
                () ->
                    task.fail(
                        fail, retryDelay.next(task.retryCount(), random), change.log().now()));
    if (refusal.isEmpty()) {
      AgentActivity activity = change.agents().activity(fail.agentId());
      activity.freed();
      activity.failedOnce();
      if (task.status() == TaskStatus.FAILED) {
        cancellation.cancelFollowers(task, change);
      }
    }
    return refusal;
  }
}
