package io.agentorchestrator.engine;

import io.agentorchestrator.agents.LockedAgents;
import io.agentorchestrator.log.Cause;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.tasks.LockedTasks;
import io.agentorchestrator.tasks.TaskChange;
import io.agentorchestrator.workflows.LockedWorkflows;

/**
 * What one transaction has locked, and what it will tell of it.
 *
 * @param tasks the tasks locked
 * @param agents the agents locked
 * @param workflows the workflows locked
 * @param log the transaction's entries
 */
public record WorkingSet(
    LockedTasks tasks, LockedAgents agents, LockedWorkflows workflows, LogBatch log) {

  /** Returns the same rows, with entries in another log. */
  WorkingSet with(LogBatch other) {
    return new WorkingSet(tasks, agents, workflows, other);
  }

  /** Returns what a cause may change of it. */
  public TaskChange change(Cause cause) {
    return new TaskChange(cause, tasks, agents, log);
  }
}
