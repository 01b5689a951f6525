package io.agentorchestrator.tasks;

import io.agentorchestrator.agents.Agent;
import io.agentorchestrator.agents.LockedAgents;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.Rejection;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Gives tasks to agents and takes them back. */
@Component
public class TaskAssignment {

  Optional<Rejection> assign(AssignTask command, UUID taskId, TaskChange change) {
    Optional<Task> task = change.tasks().find(taskId);
    if (task.isEmpty()) {
      return Optional.of(
          Rejection.notFound(
              "Expected to assign task %s, but there is no such task.".formatted(taskId)));
    }
    UUID agentId = command.agentId();
    if (agentId == null) {
      return assignBest(task.get(), change);
    }
    Optional<Agent> agent = change.agents().find(agentId);
    if (agent.isEmpty()) {
      return Optional.of(
          Rejection.notFound(
              "Expected to assign task %s to agent %s, but there is no such agent."
                  .formatted(taskId, agentId)));
    }
    return assign(task.get(), agent.get(), change);
  }

  /**
   * Assigns a task to the best of the agents within reach, or says why not. See {@link
   * LockedAgents#bestFor}.
   */
  public Optional<Rejection> assignBest(Task task, TaskChange change) {
    return change
        .agents()
        .bestFor(task.requiredCapabilities())
        .map(agent -> assign(task, agent, change))
        .orElseGet(
            () -> Optional.of(TaskRefusals.withoutAgent(task, change.tasks().blocking(task))));
  }

  private static Optional<Rejection> assign(Task task, Agent agent, TaskChange change) {
    int slotsTaken = change.agents().activity(agent.id()).runningTasks();
    return change.of(
        task, () -> task.assign(agent, slotsTaken, change.tasks().blocking(task), change.now()));
  }

  /** Takes back all tasks of an agent that is gone, at nobody's expense. */
  public void releaseAll(UUID agentId, String why, TaskChange change) {
    for (Task task : change.tasks().heldBy(agentId)) {
      change.certain(task, () -> task.release(why));
    }
  }
}
