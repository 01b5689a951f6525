package io.agentorchestrator.tasks;

import io.agentorchestrator.agents.Agent;
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
      return Optional.of(
          Rejection.invalidArgument(
              "Expected to assign task %s to the agent named, but agent_id is missing."
                  .formatted(taskId)));
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

  private static Optional<Rejection> assign(Task task, Agent agent, TaskChange change) {
    int slotsTaken = change.agents().activity(agent.id()).runningTasks();
    Optional<Rejection> refusal =
        change
            .log()
            .change(
                change.cause(),
                task,
                () ->
                    task.assign(
                        agent, slotsTaken, change.tasks().blocking(task), change.log().now()));
    if (refusal.isEmpty()) {
      change.agents().activity(agent.id()).taken();
    }
    return refusal;
  }

  /** Takes back all tasks of an agent that is gone, at nobody's expense. */
  public void releaseAll(UUID agentId, String why, TaskChange change) {
    for (Task task : change.tasks().heldBy(agentId)) {
      change
          .log()
          .change(change.cause(), task, () -> task.release(why))
          .ifPresent(
              refusal -> {
                throw new IllegalStateException("a held task can be released: " + refusal);
              });
      change.freeSlot(task, agentId);
    }
  }
}
