package io.agentorchestrator.tasks;

import io.agentorchestrator.rest.Filter;
import io.agentorchestrator.rest.QueryParameters;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which tasks a list holds. */
final class TaskFilter {

  private TaskFilter() {}

  static Filter<Task> of(QueryParameters parameters) {
    Long priority = parameters.number("priority", 1, 5);
    return new Filter<Task>()
        .anyOf(
            "status", parameters.someOf("status", List.of(TaskStatus.values()), TaskStatus::value))
        .equal("type", parameters.text("type"))
        .equal("assignedAgentId", parameters.id("agent_id"))
        .equal("workflowId", parameters.id("workflow_id"))
        .equal("parentTaskId", parameters.id("parent_task_id"))
        .equal("priority", priority == null ? null : priority.shortValue())
        .holdsAll("tags", listOf(parameters.text("tag")))
        .holdsAll("requiredCapabilities", listOf(parameters.text("capability")))
        .after("createdAt", parameters.time("created_after"))
        .before("createdAt", parameters.time("created_before"));
  }

  private static List<String> listOf(@Nullable String value) {
    return value == null ? List.of() : List.of(value);
  }
}
