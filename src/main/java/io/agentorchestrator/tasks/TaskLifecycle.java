package io.agentorchestrator.tasks;

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
import java.time.Duration;
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
      case CreateTask create -> creation.create(create, subject, null, change);
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
    Instant now = change.now();
    return switch (word) {
      case StartTask start -> change.of(task, () -> task.start(start, now));
      case ReportProgress report -> progress(report, task, change);
      case CompleteTask complete -> complete(complete, task, change);
      case FailTask fail -> fail(fail, task, change);
    };
  }

  private static Optional<Rejection> progress(ReportProgress report, Task task, TaskChange change) {
    Instant now = change.now();
    return change
        .of(task, () -> task.beginBeforeInputRequired(report, now))
        .or(() -> change.of(task, () -> task.progress(report, now)));
  }

  private static Optional<Rejection> complete(CompleteTask complete, Task task, TaskChange change) {
    Optional<Rejection> refusal = change.of(task, () -> task.complete(complete, change.now()));
    if (refusal.isEmpty()) {
      change.agents().activity(complete.agentId()).succeeded(task.duration());
    }
    return refusal;
  }

  private Optional<Rejection> fail(FailTask fail, Task task, TaskChange change) {
    Optional<Rejection> refusal =
        change.of(task, () -> task.fail(fail, retryDelay(task), change.now()));
    if (refusal.isEmpty()) {
      attemptFailed(task, fail.agentId(), change);
    }
    return refusal;
  }

  /** Ends the attempt at a task whose deadline has passed; nothing where it has not. */
  public void timeOut(Task task, TaskChange change) {
    UUID holder = task.assignedAgentId();
    if (holder == null || !task.isOverdue(change.now())) {
      return;
    }
    change.certain(task, () -> task.timeOut(change.now()));
    change.certain(task, () -> task.endTimedOut(retryDelay(task), change.now()));
    attemptFailed(task, holder, change);
  }

  /** Takes back all tasks of an agent whose lease ran out; each costs a retry. */
  public void releaseLost(UUID agentId, TaskChange change) {
    for (Task task : change.tasks().heldBy(agentId)) {
      if (task.status().isHeld()) { // It may have fallen with the one before.
        change.certain(task, () -> task.releaseLost("The lease of the agent ran out."));
        change.certain(task, () -> task.giveUpLost(change.now()));
        attemptFailed(task, agentId, change);
      }
    }
  }

  private void attemptFailed(Task task, UUID agentId, TaskChange change) {
    change.agents().activity(agentId).failedOnce();
    if (task.status() == TaskStatus.FAILED) {
      cancellation.cancelFollowers(task, change);
    }
  }

  private Duration retryDelay(Task task) {
    return retryDelay.next(task.retryCount(), random);
  }
}
