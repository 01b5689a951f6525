package io.agentorchestrator.tasks;

import io.agentorchestrator.agents.LockedAgents;
import io.agentorchestrator.log.Cause;
import io.agentorchestrator.log.Decision;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.messages.Rejection;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * What one cause may change, and where that is recorded.
 *
 * @param cause why
 * @param tasks the tasks within reach
 * @param agents the agents within reach
 * @param log the transaction's entries
 */
public record TaskChange(Cause cause, LockedTasks tasks, LockedAgents agents, LogBatch log) {

  /** Returns when all of this happens. */
  Instant now() {
    return log.now();
  }

  /**
   * Lets a task decide, and does what every change of a task brings with it: its event, the slot of
   * its agent, what waits for it, and who keeps count.
   *
   * @return the refusal, or nothing where the request was accepted
   */
  Optional<Rejection> of(Task task, Supplier<Decision> request) {
    TaskStatus before = task.status();
    UUID holder = task.assignedAgentId();
    Optional<Rejection> refusal = log.change(cause, task, request);
    TaskStatus after = task.status();
    if (before == after) {
      return refusal;
    }
    if (before.isHeld() && !after.isHeld() && holder != null) {
      agents.activity(holder).freed(now());
    } else if (!before.isHeld() && after.isHeld() && task.assignedAgentId() != null) {
      agents.activity(task.assignedAgentId()).taken();
    }
    if (after == TaskStatus.COMPLETED) {
      tasks.openDependantsOf(task.id()).forEach(Task::dependencyCompleted);
    }
    tasks.moved(task, before);
    return refusal;
  }

  /**
   * Likewise for a request that cannot be refused in the state the task is in.
   *
   * @throws IllegalStateException if it is refused all the same
   */
  void certain(Task task, Supplier<Decision> request) {
    of(task, request)
        .ifPresent(
            refusal -> {
              throw new IllegalStateException("refused what must be: " + refusal.reason());
            });
  }
}
