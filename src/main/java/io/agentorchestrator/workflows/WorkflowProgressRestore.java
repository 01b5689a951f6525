package io.agentorchestrator.workflows;

import io.agentorchestrator.log.StateRestore;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** Counts the tasks of workflows anew that were brought forward, or of which a task was. */
public final class WorkflowProgressRestore implements StateRestore {

  private static final String COUNT =
      """
      INSERT INTO workflow_progress (workflow_id, tasks, open_tasks, failed)
      SELECT id, count(status), count(status) FILTER (
          WHERE status NOT IN ('completed', 'failed', 'canceled')),
        coalesce(bool_or(status IN ('failed', 'canceled')), false)
      FROM (
        SELECT entity_id AS id FROM restored_entities WHERE entity_type = 'workflow'
        UNION
        SELECT workflow_id FROM tasks JOIN restored_entities ON entity_id = tasks.id
        WHERE entity_type = 'task' AND workflow_id IS NOT NULL) AS touched
      LEFT JOIN (SELECT workflow_id, status FROM tasks) AS task ON task.workflow_id = touched.id
      GROUP BY touched.id
      ON CONFLICT (workflow_id) DO UPDATE
      SET tasks = EXCLUDED.tasks, open_tasks = EXCLUDED.open_tasks, failed = EXCLUDED.failed""";

  @Override
  public int order() {
    return 50;
  }

  @Override
  public void restore(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(COUNT);
    }
  }
}
