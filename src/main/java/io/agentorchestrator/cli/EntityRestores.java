package io.agentorchestrator.cli;

import io.agentorchestrator.agents.AgentRestore;
import io.agentorchestrator.log.StateRestore;
import io.agentorchestrator.tasks.AgentActivityRestore;
import io.agentorchestrator.tasks.QueueOrder;
import io.agentorchestrator.tasks.TaskRestore;
import io.agentorchestrator.workflows.WorkflowProgressRestore;
import io.agentorchestrator.workflows.WorkflowRestore;
import java.util.List;

/**
 * What keeps agents, tasks and workflows, and whatever is counted of them, as the log tells: for
 * every command that brings entities in by another door than the worker's. What is kept of them
 * besides belongs into this list, or a restore and an import leave it wrong.
 */
final class EntityRestores {

  private EntityRestores() {}

  static List<StateRestore> of(Settings settings) {
    return List.of(
        new AgentRestore(),
        new WorkflowRestore(),
        new TaskRestore(settings.get(QueueOrder.class)),
        new AgentActivityRestore(),
        new WorkflowProgressRestore());
  }
}
