package io.agentorchestrator.migration;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Agents and tasks as the service before answered with them: what its store held, each field there
 * and in its order, times as Python writes them into JSON, {@code 2024-01-15T10:30:00.123456}, in
 * UTC without saying so. The same of what is here and of what is still in the old store.
 */
public final class OldRest {

  private static final List<String> AGENT =
      List.of(
          "id",
          "type",
          "name",
          "endpoint",
          "capabilities",
          "status",
          "last_seen",
          "current_task",
          "performance_metrics");

  private static final List<String> TASK =
      List.of(
          "id",
          "type",
          "description",
          "input_data",
          "assigned_agents",
          "status",
          "created_at",
          "started_at",
          "completed_at",
          "result",
          "error",
          "priority",
          "dependencies",
          "workflow_id");

  /** SQL for what an agent is of, as {@link #agent} reads it; to be followed by a condition. */
  public static final String AGENT_ROW =
      """
      SELECT agents.id, type, name, endpoint, capabilities, status, created_at, last_seen,
        %s AS current_task,
        CASE WHEN completed + failed > 0 THEN json_strip_nulls(json_build_object(
            'tasks_completed', completed,
            'tasks_failed', failed,
            'success_rate', CAST(completed AS float8) / (completed + failed),
            'average_duration_seconds',
            CASE WHEN completed > 0 THEN total_duration_seconds / completed END))
          ELSE metadata -> '%s' -> 'performance_metrics' END AS performance_metrics
      FROM agents JOIN agent_activity ON agent_id = agents.id
      """
          .formatted(OldView.CURRENT_TASK, OldFields.IMPORTED);

  /** SQL for what a task is of, as {@link #task} reads it; to be followed by a condition. */
  public static final String TASK_ROW =
      """
      SELECT id, type, description, input, result, status, priority, assigned_agent_id,
        workflow_id, depends_on, created_at, started_at, completed_at,
        EXISTS (SELECT FROM imported_records AS record
                 WHERE record.kind = 'task' AND record.id = tasks.id) AS imported,
        EXISTS (SELECT FROM imported_records AS record
                 WHERE record.kind = 'task' AND record.id = tasks.id
                   AND record.entity_version = tasks.entity_version) AS as_imported,
        CASE WHEN error_code IS NOT NULL
          THEN json_build_object('code', error_code, 'message', error_message) END AS error
      FROM tasks
      """;

  private OldRest() {}

  /**
   * An agent that is here. Its metrics are those that were taken over, until the first task of it
   * ends here.
   *
   * @param row a row of {@link #AGENT_ROW} as JSON
   */
  public static ObjectNode agent(String row) {
    JsonNode agent = OldJson.MAPPER.readTree(row);
    ObjectNode record =
        OldView.agent(
            agent, instant(agent.get("last_seen")), agent.get("current_task").stringValue(null));
    if (agent.get("performance_metrics").isObject()) {
      record.set("performance_metrics", agent.get("performance_metrics"));
    }
    return shown(AGENT, record);
  }

  /**
   * A task that is here. What the import put into an object, for it was none, is shown as it was;
   * what was put into one since is shown as that.
   *
   * @param row a row of {@link #TASK_ROW} as JSON
   */
  public static ObjectNode task(String row) {
    JsonNode task = OldJson.MAPPER.readTree(row);
    ObjectNode record = OldView.task(task);
    if (!task.get("imported").booleanValue()) {
      record.set("input_data", task.get("input"));
    }
    if (!task.get("as_imported").booleanValue()) {
      record.set("result", task.get("result"));
    }
    return shown(TASK, record);
  }

  /**
   * A record of the old store, as it stands there: what is odd about it stays so.
   *
   * @param kind agent or task
   * @return empty where it is no JSON object, or holds what JSON cannot have
   */
  public static Optional<ObjectNode> ofStore(OldKind kind, String id, byte[] value) {
    try {
      ObjectNode record = OldJson.parse(value).object();
      if (!record.path("id").isString()) {
        record.put("id", id);
      }
      return Optional.of(shown(kind == OldKind.AGENT ? AGENT : TASK, record));
    } catch (UnimportableException e) {
      return Optional.empty();
    }
  }

  private static ObjectNode shown(List<String> fields, ObjectNode record) {
    ObjectNode shown = JsonNodeFactory.instance.objectNode();
    for (String field : fields) {
      JsonNode value = record.path(field);
      shown.set(
          field, value.isMissingNode() || value.isNull() ? absent(field) : written(field, value));
    }
    return shown;
  }

  private static JsonNode absent(String field) {
    return switch (field) {
      case "capabilities", "assigned_agents", "dependencies" ->
          JsonNodeFactory.instance.arrayNode();
      case "performance_metrics", "input_data" -> JsonNodeFactory.instance.objectNode();
      default -> JsonNodeFactory.instance.nullNode();
    };
  }

  private static JsonNode written(String field, JsonNode value) {
    if (!value.isString()) {
      return value;
    }
    String text = value.stringValue();
    return switch (field) {
      case "status" -> JsonNodeFactory.instance.stringNode(status(text));
      case "last_seen", "created_at", "started_at", "completed_at" ->
          JsonNodeFactory.instance.stringNode(
              OldTime.parse(text).map(OldTime::isoFormat).orElse(text));
      default -> value;
    };
  }

  /** The import takes this one word for the other, too. */
  private static String status(String text) {
    String plain = OldFields.plainStatus(text);
    return plain.equals("canceled") ? "cancelled" : plain;
  }

  private static @Nullable Instant instant(JsonNode time) {
    return time.isString() ? OffsetDateTime.parse(time.stringValue()).toInstant() : null;
  }
}
