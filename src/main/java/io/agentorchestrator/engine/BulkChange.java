package io.agentorchestrator.engine;

import io.agentorchestrator.agents.Agent;
import io.agentorchestrator.agents.AgentRegistry;
import io.agentorchestrator.agents.LockedAgents;
import io.agentorchestrator.log.Cause;
import io.agentorchestrator.messages.Command.BulkAction;
import io.agentorchestrator.tasks.TaskAssignment;
import io.agentorchestrator.tasks.TaskChange;
import io.agentorchestrator.workflows.WorkflowProgression;
import java.util.List;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** What a bulk operation makes of agents that are locked: decided first, changed afterwards. */
@Component
class BulkChange {

  private final AgentRegistry agentRegistry;
  private final TaskAssignment taskAssignment;
  private final WorkflowProgression workflowProgression;

  BulkChange(
      AgentRegistry agentRegistry,
      TaskAssignment taskAssignment,
      WorkflowProgression workflowProgression) {
    this.agentRegistry = agentRegistry;
    this.taskAssignment = taskAssignment;
    this.workflowProgression = workflowProgression;
  }

  /** Decides which agents would be refused. The others are unchanged, as all of them are so far. */
  List<AgentResult> decide(BulkAction action, List<UUID> agents, LockedAgents locked) {
    return agents.stream()
        .map(
            id ->
                agentRegistry
                    .refusal(action, id, locked)
                    .map(rejection -> AgentResult.rejected(id, rejection))
                    .orElseGet(() -> AgentResult.unchanged(id)))
        .toList();
  }

  /** Changes agents of which none is refused, one after the other, with their tasks. */
  List<AgentResult> apply(BulkAction action, List<UUID> agents, Cause cause, WorkingSet set) {
    return agents.stream().map(id -> apply(action, id, cause, set)).toList();
  }

  private AgentResult apply(BulkAction action, UUID id, Cause cause, WorkingSet set) {
    Agent agent =
        set.agents().find(id).orElseThrow(() -> new IllegalStateException("not locked: " + id));
    long versionBefore = agent.entityVersion();
    int tasksHeld = action.releasesTasks() ? set.tasks().heldBy(id).size() : 0;
    agentRegistry
        .apply(action, id, tasksHeld, cause, set.agents(), set.log())
        .ifPresent(
            rejection -> {
              throw new IllegalStateException("refused what must be: " + rejection.reason());
            });
    if (tasksHeld > 0) {
      TaskChange change = set.change(cause);
      taskAssignment.releaseAll(id, whyReleased(action), change);
      workflowProgression.follow(change, set.workflows());
    }
    return agent.entityVersion() == versionBefore
        ? AgentResult.unchanged(id)
        : AgentResult.changed(id);
  }

  private static String whyReleased(BulkAction action) {
    return switch (action) {
      case RESET_STATUS -> "Agent reset.";
      case DEREGISTER -> "Agent deregistered.";
      case ACTIVATE, DEACTIVATE -> throw new IllegalStateException("releases no task: " + action);
    };
  }
}
