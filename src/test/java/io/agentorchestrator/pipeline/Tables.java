package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is kept in the database only to be found quickly follows from the rest. Each is one
 * statement, which sees one moment: so all of it holds at any time, not only at rest.
 */
public final class Tables {

  private static final Map<String, String> VIOLATIONS = violations();

  private static final String MISCOUNTED =
      """
      SELECT entity_type, type, status, sum(number) FROM (
        SELECT entity_type, type, status, number FROM entity_counts_now
        UNION ALL
        SELECT 'agent', type, status, -count(*) FROM agents GROUP BY type, status
        UNION ALL
        SELECT 'task', '', status, -count(*) FROM tasks GROUP BY status
        UNION ALL
        SELECT 'workflow', '', status, -count(*) FROM workflows GROUP BY status) AS counted
      GROUP BY entity_type, type, status HAVING sum(number) <> 0
      """;

  private Tables() {}

  private static Map<String, String> violations() {
    Map<String, String> violations = new LinkedHashMap<>();
    violations.put(
        "agents whose slots taken are not the tasks they hold",
        """
        SELECT activity.agent_id, activity.running_tasks FROM agent_activity AS activity
        WHERE running_tasks <> (
          SELECT count(*) FROM tasks WHERE assigned_agent_id = activity.agent_id
            AND status IN ('assigned', 'working', 'input_required'))
        """);
    violations.put(
        "agents that are wrongly taken for available or not",
        """
        SELECT id, status, running_tasks, available
        FROM agents JOIN agent_activity ON agent_id = id
        WHERE available <> (status = 'active' AND running_tasks < max_concurrent_tasks)
        """);
    violations.put(
        "tasks held by an agent that is gone",
        """
        SELECT tasks.id, tasks.status, agents.id, agents.status
        FROM tasks JOIN agents ON agents.id = assigned_agent_id
        WHERE tasks.status IN ('assigned', 'working', 'input_required')
          AND (agents.status = 'deregistered' OR agents.status = 'offline' AND enabled)
        """);
    violations.put(
        "open tasks with a wrong count of open dependencies",
        """
        SELECT id, open_dependencies, depends_on FROM tasks
        WHERE status NOT IN ('completed', 'failed', 'canceled') AND open_dependencies <> (
          SELECT count(*) FROM tasks AS dependency
          WHERE dependency.id = ANY(tasks.depends_on) AND dependency.status <> 'completed')
        """);
    violations.put(
        "open tasks that depend on one that ended badly",
        """
        SELECT id, depends_on FROM tasks
        WHERE status NOT IN ('completed', 'failed', 'canceled') AND EXISTS (
          SELECT FROM tasks AS dependency WHERE dependency.id = ANY(tasks.depends_on)
            AND dependency.status IN ('failed', 'canceled'))
        """);
    violations.put(
        "open tasks that are a part of a canceled one",
        """
        SELECT part.id FROM tasks AS part JOIN tasks AS parent ON parent.id = part.parent_task_id
        WHERE part.status NOT IN ('completed', 'failed', 'canceled') AND parent.status = 'canceled'
        """);
    violations.put(
        "dependencies that are known one way round only",
        """
        (SELECT unnest(depends_on), id FROM tasks EXCEPT SELECT * FROM task_dependencies)
        UNION ALL
        (SELECT * FROM task_dependencies EXCEPT SELECT unnest(depends_on), id FROM tasks)
        """);
    violations.put(
        "labels that are listed wrongly or not at all",
        """
        WITH labels AS (
          SELECT false, tag, id, priority, created_at FROM tasks, unnest(tags) AS tag
          UNION
          SELECT true, capability, id, priority, created_at
          FROM tasks, unnest(required_capabilities) AS capability
        ), listed AS (SELECT required, label, task_id, priority, created_at FROM task_labels)
        (SELECT * FROM labels EXCEPT SELECT * FROM listed)
        UNION ALL
        (SELECT * FROM listed EXCEPT SELECT * FROM labels)
        """);
    violations.put(
        "open tasks that are wrongly held back or not",
        """
        SELECT tasks.id, held_back, workflows.status
        FROM tasks LEFT JOIN workflows ON workflows.id = workflow_id
        WHERE tasks.status NOT IN ('completed', 'failed', 'canceled')
          AND held_back <> (coalesce(workflows.status, '') = 'paused')
        """);
    // Whatever waits for its next try is queued a little later than it could be.
    violations.put(
        "tasks that are wrongly queued or not",
        """
        SELECT id, queued, status, assignment, open_dependencies, held_back, retry_at FROM tasks
        WHERE queued <> (status = 'submitted' AND assignment = 'auto' AND open_dependencies = 0
            AND NOT held_back AND (retry_at IS NULL OR queued AND retry_at <= orchestrator_clock()))
        """);
    violations.put(
        "workflows with wrong counts of their tasks",
        """
        SELECT id, progress.tasks, progress.open_tasks, progress.failed, actual.*
        FROM workflows JOIN workflow_progress AS progress ON progress.workflow_id = id
        CROSS JOIN LATERAL (
          SELECT count(*) AS tasks,
            count(*) FILTER (WHERE status NOT IN ('completed', 'failed', 'canceled')) AS open_tasks,
            coalesce(bool_or(status IN ('failed', 'canceled')), false) AS failed
          FROM tasks WHERE workflow_id = workflows.id) AS actual
        WHERE (progress.tasks, progress.open_tasks, progress.failed)
          IS DISTINCT FROM (actual.tasks, actual.open_tasks, actual.failed)
        """);
    violations.put(
        "workflows that are wrongly final or not",
        """
        SELECT id, status, open_tasks, failed FROM workflows JOIN workflow_progress ON workflow_id = id
        WHERE (status IN ('completed', 'failed', 'canceled')) <> (open_tasks = 0)
          OR status = 'completed' AND failed OR status = 'failed' AND NOT failed
        """);
    return violations;
  }

  public static void assertConsistent(Connection connection) throws SQLException {
    for (Map.Entry<String, String> each : VIOLATIONS.entrySet()) {
      assertThat(rows(connection, each.getValue())).as(each.getKey()).isEmpty();
    }
    assertThat(miscounted(connection)).as("counts that are not what there is").isEmpty();
  }

  /** By how much the counts that statistics are read from differ from what there is, if at all. */
  public static List<String> miscounted(Connection connection) throws SQLException {
    return rows(connection, MISCOUNTED);
  }

  private static List<String> rows(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      List<String> rows = new ArrayList<>();
      while (row.next()) {
        List<String> columns = new ArrayList<>();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
          columns.add(String.valueOf(row.getString(i)));
        }
        rows.add(String.join(" ", columns));
      }
      return rows;
    }
  }
}
