package io.agentorchestrator.pipeline;

import io.agentorchestrator.local.Site;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * All that matters of a site's database, row by row as text. Left out is what no entry of the log
 * can tell: when an agent was heard of and where, when a key was claimed, and what a task that has
 * ended waited for.
 */
final class DatabaseState {

  private static final String OPEN = "status NOT IN ('completed', 'failed', 'canceled')";

  private static final Map<String, String> TABLES = tables();

  private DatabaseState() {}

  private static Map<String, String> tables() {
    Map<String, String> tables = new LinkedHashMap<>();
    tables.put("agents", "SELECT * FROM agents");
    tables.put(
        "agent_activity",
        """
        SELECT agent_id, running_tasks, completed, failed,
          round(total_duration_seconds::numeric, 6), available, idle_since FROM agent_activity""");
    tables.put("workflows", "SELECT * FROM workflows");
    tables.put("workflow_progress", "SELECT * FROM workflow_progress");
    // What waits for its next try is queued a little later than it could be.
    tables.put(
        "tasks",
        """
        SELECT id, type, name, description, input, result, error_code, error_message, status,
          priority, required_capabilities, assigned_agent_id, workflow_id, parent_task_id,
          depends_on, assignment, attempt, retry_count, max_retries, retry_at, timeout_seconds,
          deadline_at, progress, tags, metadata, created_at, started_at, completed_at, updated_at,
          entity_version, demand, queue_rank, queued OR retry_at IS NOT NULL AS queued,
          CASE WHEN %1$s THEN open_dependencies END, CASE WHEN %1$s THEN held_back END
        FROM tasks"""
            .formatted(OPEN));
    tables.put("task_dependencies", "SELECT * FROM task_dependencies");
    tables.put("task_labels", "SELECT * FROM task_labels");
    tables.put("entity_counts_now", "SELECT * FROM entity_counts_now");
    tables.put("bulk_operations", "SELECT id, results::text, entity_version FROM bulk_operations");
    tables.put("service_health", "SELECT * FROM service_health");
    tables.put(
        "orchestration_log",
        """
        SELECT id, position, recorded_at, type, operation, entity_type, entity_id, entity_version,
          status, message, command_source, command_id, command_digest, actor, agent_id,
          traceparent, changes, details,
          CASE WHEN type <> 'command.dead-lettered.v1' THEN command_type END
        FROM orchestration_log""");
    // Whose command changed nothing.
    tables.put(
        "command_keys",
        """
        SELECT id, source, digest, type FROM command_keys WHERE EXISTS (
          SELECT FROM orchestration_log
          WHERE command_id = command_keys.id AND command_digest = encode(digest, 'hex'))""");
    tables.put("command_key_reuses", "SELECT id, source, digest, type FROM command_key_reuses");
    tables.put(
        "dead_letter_keys",
        """
        SELECT topic, partition, record_offset, digest FROM dead_letter_keys WHERE EXISTS (
          SELECT FROM orchestration_log WHERE type = 'command.dead-lettered.v1'
            AND details ->> 'topic' = topic AND (details ->> 'partition')::integer = partition
            AND (details ->> 'offset')::bigint = record_offset)""");
    return tables;
  }

  static Map<String, Set<String>> of(Site site) throws SQLException {
    try (Connection connection = DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
        Statement statement = connection.createStatement()) {
      Map<String, Set<String>> state = new LinkedHashMap<>();
      for (Map.Entry<String, String> table : TABLES.entrySet()) {
        Set<String> rows = new TreeSet<>();
        try (ResultSet row =
            statement.executeQuery(
                "SELECT row_of::text FROM (%s) AS row_of".formatted(table.getValue()))) {
          while (row.next()) {
            rows.add(row.getString(1));
          }
        }
        state.put(table.getKey(), rows);
      }
      return state;
    }
  }
}
