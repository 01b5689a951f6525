package io.agentorchestrator.tasks;

import io.agentorchestrator.rest.Filter;
import io.agentorchestrator.rest.Parameter;
import io.agentorchestrator.rest.QueryParameters;
import java.time.Instant;
import java.util.UUID;

/** Which tasks a list holds. */
final class TaskFilter {

  static final Parameter<TaskStatus> STATUS =
      Parameter.oneOf("status", TaskStatus.values(), TaskStatus::value)
          .repeated()
          .describedAs("Repeatable; the tasks are in one of these states.");
  static final Parameter<String> TYPE = Parameter.text("type").describedAs("Exactly this type.");
  static final Parameter<UUID> AGENT_ID =
      Parameter.id("agent_id").describedAs("The agent that holds the task, or held it at its end.");
  static final Parameter<UUID> WORKFLOW_ID = Parameter.id("workflow_id");
  static final Parameter<UUID> PARENT_TASK_ID = Parameter.id("parent_task_id");
  static final Parameter<Long> PRIORITY =
      Parameter.number("priority", 1, 5).describedAs("1 (low) to 5 (emergency).");
  static final Parameter<String> TAG = Parameter.text("tag");
  static final Parameter<String> CAPABILITY =
      Parameter.text("capability").describedAs("A capability that the task requires.");
  static final Parameter<Instant> CREATED_AFTER =
      Parameter.time("created_after").describedAs("Created later than this.");
  static final Parameter<Instant> CREATED_BEFORE =
      Parameter.time("created_before").describedAs("Created earlier than this.");

  private TaskFilter() {}

  static Filter<Task> of(QueryParameters parameters) {
    Long priority = parameters.get(PRIORITY);
    return new Filter<Task>()
        .indexed("status")
        .indexed("type")
        .indexed("type", "status")
        .indexed("assignedAgentId")
        .indexed("parentTaskId")
        .anyOf("status", parameters.all(STATUS))
        .equal("type", parameters.get(TYPE))
        .equal("assignedAgentId", parameters.get(AGENT_ID))
        .equal("workflowId", parameters.get(WORKFLOW_ID))
        .equal("parentTaskId", parameters.get(PARENT_TASK_ID))
        .equal("priority", priority == null ? null : priority.shortValue())
        .listed("tags", parameters.get(TAG), TaskLabel::tag)
        .listed("requiredCapabilities", parameters.get(CAPABILITY), TaskLabel::capability)
        .after("createdAt", parameters.get(CREATED_AFTER))
        .before("createdAt", parameters.get(CREATED_BEFORE));
  }
}
