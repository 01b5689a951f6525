package io.agentorchestrator.tasks;

import io.agentorchestrator.agents.LockedAgents;
import io.agentorchestrator.log.Cause;
import io.agentorchestrator.log.LogBatch;
import java.util.UUID;

/**
 * What one cause may change, and where that is recorded.
 *
 * @param cause why
 * @param tasks the tasks within reach
 * @param agents the agents within reach
 * @param log the transaction's entries
 */
public record TaskChange(Cause cause, LockedTasks tasks, LockedAgents agents, LogBatch log) {

  /** Frees the slot a task took, if the task has left its holder. */
  void freeSlot(Task task, UUID holder) {
    if (!task.status().isHeld()) {
      agents.activity(holder).freed();
    }
  }
}
