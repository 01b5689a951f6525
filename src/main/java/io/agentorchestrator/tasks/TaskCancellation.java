package io.agentorchestrator.tasks;

import io.agentorchestrator.messages.Command.CancelTask;
import io.agentorchestrator.messages.Rejection;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Calls tasks off, and with them what is a part of them or waits for them. */
@Component
public class TaskCancellation {

  Optional<Rejection> cancel(CancelTask command, UUID id, TaskChange change) {
    Optional<Task> task = change.tasks().find(id);
    if (task.isEmpty()) {
      return Optional.of(
          Rejection.notFound(
              "Expected to cancel task %s, but there is no such task.".formatted(id)));
    }
    Optional<Rejection> refusal = cancel(task.get(), command, change);
    if (refusal.isEmpty()) {
      cancelFollowers(task.get(), change);
    }
    return refusal;
  }

  /**
   * Cancels what falls with a task that ended badly: what waits for it and, where it was canceled
   * itself, what is a part of it.
   */
  void cancelFollowers(Task root, TaskChange change) {
    Deque<Task> ended = new ArrayDeque<>();
    ended.add(root);
    while (!ended.isEmpty()) {
      Task task = ended.remove();
      if (task.status() == TaskStatus.CANCELED) {
        for (Task child : change.tasks().openChildrenOf(task.id())) {
          follow(child, "Parent task %s was canceled.".formatted(task.id()), change);
          ended.add(child);
        }
      }
      for (Task dependant : change.tasks().openDependantsOf(task.id())) {
        follow(
            dependant, "Dependency %s is %s.".formatted(task.id(), task.status().value()), change);
        ended.add(dependant);
      }
    }
  }

  /** Cancels an open task, and what falls with it. */
  public void cancel(Task task, String reason, TaskChange change) {
    follow(task, reason, change);
    cancelFollowers(task, change);
  }

  private static void follow(Task task, String reason, TaskChange change) {
    change.certain(task, () -> task.cancel(reason, change.now()));
  }

  private static Optional<Rejection> cancel(Task task, CancelTask command, TaskChange change) {
    return change.of(task, () -> task.cancel(command.reason(), change.now()));
  }
}
