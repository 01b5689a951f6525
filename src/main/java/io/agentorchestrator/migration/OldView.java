package io.agentorchestrator.migration;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Entities as the service before would have them: its fields in its order, its states, its times.
 * The other way round from {@link AgentMapping}, {@link TaskMapping} and {@link WorkflowMapping};
 * what those keep besides is not looked at.
 */
final class OldView {

  /** What a value that is no object is put under. */
  static final String VALUE = "value";

  /** The code of an error that had none. */
  static final String ERROR_CODE = "imported";

  /** SQL for the task that an agent of the table {@code agents} holds, the one it began last. */
  static final String CURRENT_TASK =
      """
      (
        SELECT id FROM tasks
        WHERE assigned_agent_id = agents.id
          AND status IN ('assigned', 'working', 'input_required')
        ORDER BY started_at DESC NULLS LAST, id LIMIT 1)""";

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private OldView() {}

  /**
   * An agent.
   *
   * @param agent its fields, with {@code id}
   * @param lastSeen when it was heard of last
   * @param task the task it holds, the one it began last; null without any
   */
  static ObjectNode agent(JsonNode agent, @Nullable Instant lastSeen, @Nullable String task) {
    ObjectNode old = NODES.objectNode();
    old.set("id", agent.get("id"));
    old.set("type", agent.get("type"));
    old.set("name", agent.get("name"));
    old.set("endpoint", agent.get("endpoint"));
    old.set("capabilities", agent.get("capabilities"));
    old.put("status", agentStatus(agent.get("status").stringValue(), task != null));
    old.put("last_seen", lastSeen == null ? null : OldTime.format(lastSeen));
    old.put("current_task", task);
    old.set("performance_metrics", NODES.objectNode());
    return old;
  }

  private static String agentStatus(String status, boolean holdsTask) {
    if (!status.equals("active")) {
      return "offline";
    }
    return holdsTask ? "busy" : "idle";
  }

  /** A task, of its fields with {@code id}. */
  static ObjectNode task(JsonNode task) {
    ObjectNode old = NODES.objectNode();
    old.set("id", task.get("id"));
    old.set("type", task.get("type"));
    old.set("description", task.get("description"));
    old.set("input_data", unwrapped(task.get("input")));
    ArrayNode agents = old.putArray("assigned_agents");
    if (task.get("assigned_agent_id").isString()) {
      agents.add(task.get("assigned_agent_id"));
    }
    old.put("status", taskStatus(task.get("status").stringValue()));
    old.set("created_at", time(task.get("created_at")));
    old.set("started_at", time(task.get("started_at")));
    old.set("completed_at", time(task.get("completed_at")));
    old.set("result", unwrapped(task.get("result")));
    old.set("error", error(task.get("error")));
    old.set("priority", task.get("priority"));
    old.set("dependencies", task.get("depends_on"));
    old.set("workflow_id", task.get("workflow_id"));
    return old;
  }

  /** The state of a task. */
  static String taskStatus(String status) {
    return switch (status) {
      case "submitted" -> "pending";
      case "assigned", "working", "input_required" -> "running";
      case "canceled" -> "cancelled";
      default -> status;
    };
  }

  /**
   * A workflow.
   *
   * @param workflow its fields, with {@code id}
   * @param tasks the ids of its tasks
   */
  static ObjectNode workflow(JsonNode workflow, Collection<String> tasks) {
    ObjectNode old = NODES.objectNode();
    old.set("id", workflow.get("id"));
    old.set("name", workflow.get("name"));
    JsonNode description = workflow.get("description");
    old.set("description", description.isNull() ? NODES.stringNode("") : description);
    ArrayNode ids = old.putArray("tasks");
    tasks.forEach(ids::add);
    String status = workflow.get("status").stringValue();
    old.put("status", status.equals("canceled") ? "cancelled" : status);
    old.set("created_at", time(workflow.get("created_at")));
    old.set("user_id", workflow.get("user_id"));
    old.set("configuration", workflow.get("configuration"));
    return old;
  }

  private static JsonNode unwrapped(JsonNode object) {
    JsonNode value = object.isObject() && object.size() == 1 ? object.get(VALUE) : null;
    return value == null || value.isObject() || value.isNull() ? object : value;
  }

  private static JsonNode error(JsonNode error) {
    if (!error.isObject()) {
      return NullNode.getInstance();
    }
    String code = error.get("code").stringValue();
    String message = error.get("message").stringValue();
    return NODES.stringNode(code.equals(ERROR_CODE) ? message : code + ": " + message);
  }

  private static JsonNode time(JsonNode time) {
    return time.isString()
        ? NODES.stringNode(OldTime.format(OffsetDateTime.parse(time.stringValue()).toInstant()))
        : NullNode.getInstance();
  }
}
