package io.agentorchestrator.messages;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Every event of the orchestration log, by its CloudEvents {@code type}. */
public enum EventType {
  AGENT_REGISTERED("agent.registered.v1"),
  AGENT_UPDATED("agent.updated.v1"),
  AGENT_STATUS_CHANGED("agent.status-changed.v1"),
  AGENT_DEREGISTERED("agent.deregistered.v1"),
  AGENTS_BULK_COMPLETED("agents.bulk-completed.v1"),
  TASK_CREATED("task.created.v1"),
  TASK_ASSIGNED("task.assigned.v1"),
  TASK_STARTED("task.started.v1"),
  TASK_PROGRESSED("task.progressed.v1"),
  TASK_COMPLETED("task.completed.v1"),
  TASK_FAILED("task.failed.v1"),
  TASK_RETRY_SCHEDULED("task.retry-scheduled.v1"),
  TASK_TIMED_OUT("task.timed-out.v1"),
  TASK_RELEASED("task.released.v1"),
  TASK_CANCELED("task.canceled.v1"),
  WORKFLOW_CREATED("workflow.created.v1"),
  WORKFLOW_STARTED("workflow.started.v1"),
  WORKFLOW_PAUSED("workflow.paused.v1"),
  WORKFLOW_RESUMED("workflow.resumed.v1"),
  WORKFLOW_COMPLETED("workflow.completed.v1"),
  WORKFLOW_FAILED("workflow.failed.v1"),
  WORKFLOW_CANCELED("workflow.canceled.v1"),
  COMMAND_REJECTED("command.rejected.v1"),
  COMMAND_DEAD_LETTERED("command.dead-lettered.v1"),
  SERVICE_HEALTH_CHANGED("service.health-changed.v1");

  private static final Map<String, EventType> BY_VALUE =
      Arrays.stream(values()).collect(Collectors.toMap(EventType::value, Function.identity()));

  private final String value;

  EventType(String value) {
    this.value = value;
  }

  /** Returns the type on the wire, such as {@code task.assigned.v1}. */
  public String value() {
    return value;
  }

  /**
   * Whether the agents' mailbox gets a copy of such an event, when it concerns a task with an
   * agent: what gives an agent work or takes it away.
   */
  public boolean isForMailbox() {
    return switch (this) {
      case TASK_ASSIGNED, TASK_RELEASED, TASK_TIMED_OUT, TASK_CANCELED -> true;
      case AGENT_REGISTERED,
          AGENT_UPDATED,
          AGENT_STATUS_CHANGED,
          AGENT_DEREGISTERED,
          AGENTS_BULK_COMPLETED,
          TASK_CREATED,
          TASK_STARTED,
          TASK_PROGRESSED,
          TASK_COMPLETED,
          TASK_FAILED,
          TASK_RETRY_SCHEDULED,
          WORKFLOW_CREATED,
          WORKFLOW_STARTED,
          WORKFLOW_PAUSED,
          WORKFLOW_RESUMED,
          WORKFLOW_COMPLETED,
          WORKFLOW_FAILED,
          WORKFLOW_CANCELED,
          COMMAND_REJECTED,
          COMMAND_DEAD_LETTERED,
          SERVICE_HEALTH_CHANGED ->
          false;
    };
  }

  /**
   * Finds a type by its name on the wire.
   *
   * @throws IllegalArgumentException for a name that is none
   */
  public static EventType of(String value) {
    EventType type = BY_VALUE.get(value);
    if (type == null) {
      throw new IllegalArgumentException("no event type: " + value);
    }
    return type;
  }
}
