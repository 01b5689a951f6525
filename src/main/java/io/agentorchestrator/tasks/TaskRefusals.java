package io.agentorchestrator.tasks;

import io.agentorchestrator.agents.Agent;
import io.agentorchestrator.agents.AgentStatus;
import io.agentorchestrator.messages.Command.HolderCommand;
import io.agentorchestrator.messages.Rejection;
import java.util.List;
import java.util.Optional;

/** Why a task does not do what it is asked to; nothing here changes it. */
final class TaskRefusals {

  private TaskRefusals() {}

  /** The state does not allow it. */
  static Rejection ofState(String what, Task task) {
    return Rejection.invalidState(
        "Expected to %s task %s, but it is in state %s."
            .formatted(what, task.id(), task.status().value()));
  }

  /**
   * The fence: only the holder may speak of a task, and only of the attempt it was given.
   *
   * @return nothing where it may
   */
  static Optional<Rejection> ofWord(String what, Task task, HolderCommand word) {
    if (!task.status().isHeld()) {
      return Optional.of(ofState(what, task));
    }
    if (!word.agentId().equals(task.assignedAgentId())) {
      return Optional.of(
          Rejection.invalidState(
              "Expected to %s task %s for agent %s, but it is held by agent %s."
                  .formatted(what, task.id(), word.agentId(), task.assignedAgentId())));
    }
    if (word.attempt() != task.attempt()) {
      return Optional.of(
          Rejection.invalidState(
              "Expected to %s task %s in attempt %d, but its attempt is %d."
                  .formatted(what, task.id(), word.attempt(), task.attempt())));
    }
    return Optional.empty();
  }

  /**
   * What speaks against giving a task to an agent.
   *
   * @return nothing where nothing does
   */
  static Optional<Rejection> ofAssignment(
      Task task, Agent agent, int slotsTaken, List<?> blockedBy) {
    String but;
    List<String> lacking = agent.lacking(task.requiredCapabilities());
    if (task.status() != TaskStatus.SUBMITTED) {
      return Optional.of(ofState("assign", task));
    } else if (task.isHeldUp()) {
      but = whatHoldsUp(blockedBy);
    } else if (agent.status() != AgentStatus.ACTIVE) {
      but = "the agent is " + agent.status().value();
    } else if (slotsTaken >= agent.maxConcurrentTasks()) {
      but = "all %d slots of the agent are taken".formatted(agent.maxConcurrentTasks());
    } else if (!lacking.isEmpty()) {
      but = "the agent lacks the capabilities " + lacking;
    } else {
      return Optional.empty();
    }
    return Optional.of(
        Rejection.invalidState(
            "Expected to assign task %s to agent %s, but %s."
                .formatted(task.id(), agent.id(), but)));
  }

  /** What speaks against assigning a task when no agent is in sight for it. */
  static Rejection withoutAgent(Task task, List<?> blockedBy) {
    String but;
    if (task.status() != TaskStatus.SUBMITTED) {
      return ofState("assign", task);
    } else if (task.isHeldUp()) {
      but = whatHoldsUp(blockedBy);
    } else {
      but = "no active agent with a free slot has the capabilities " + task.requiredCapabilities();
    }
    return Rejection.invalidState("Expected to assign task %s, but %s.".formatted(task.id(), but));
  }

  private static String whatHoldsUp(List<?> blockedBy) {
    return blockedBy.isEmpty() ? "its workflow is paused" : "it is blocked by " + blockedBy;
  }
}
