package io.agentorchestrator.messages;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Every command this version understands, by its CloudEvents {@code type}. */
public enum CommandType {
  AGENT_REGISTER("agent.register.v1", EntityType.AGENT),
  AGENT_HEARTBEAT("agent.heartbeat.v1", EntityType.AGENT),
  AGENT_DEREGISTER("agent.deregister.v1", EntityType.AGENT),
  TASK_CREATE("task.create.v1", EntityType.TASK),
  TASK_ASSIGN("task.assign.v1", EntityType.TASK),
  TASK_START("task.start.v1", EntityType.TASK),
  TASK_PROGRESS("task.progress.v1", EntityType.TASK),
  TASK_COMPLETE("task.complete.v1", EntityType.TASK),
  TASK_FAIL("task.fail.v1", EntityType.TASK),
  TASK_CANCEL("task.cancel.v1", EntityType.TASK),
  AGENTS_BULK("agents.bulk.v1", EntityType.BULK_OPERATION),
  WORKFLOW_CREATE("workflow.create.v1", EntityType.WORKFLOW),
  WORKFLOW_PAUSE("workflow.pause.v1", EntityType.WORKFLOW),
  WORKFLOW_RESUME("workflow.resume.v1", EntityType.WORKFLOW),
  WORKFLOW_CANCEL("workflow.cancel.v1", EntityType.WORKFLOW);

  private static final Map<String, CommandType> BY_VALUE =
      Arrays.stream(values()).collect(Collectors.toMap(CommandType::value, Function.identity()));

  private final String value;
  private final String operation;
  private final EntityType entityType;

  CommandType(String value, EntityType entityType) {
    this.value = value;
    this.operation = value.substring(0, value.lastIndexOf('.'));
    this.entityType = entityType;
  }

  /** Returns the type on the wire with its version, such as {@code task.assign.v1}. */
  public String value() {
    return value;
  }

  /**
   * Returns the type without its version, such as {@code task.assign}: the log's {@code operation}.
   */
  public String operation() {
    return operation;
  }

  /** Returns what the subject of such a command is. */
  public EntityType entityType() {
    return entityType;
  }

  /**
   * Finds a type by its name on the wire.
   *
   * @return null for a type or a version this worker does not know
   */
  public static @Nullable CommandType of(String value) {
    return BY_VALUE.get(value);
  }
}
