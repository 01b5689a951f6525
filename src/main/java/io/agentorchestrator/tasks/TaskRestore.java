package io.agentorchestrator.tasks;

import io.agentorchestrator.log.EntityOverlay;
import io.agentorchestrator.log.StateRestore;
import io.agentorchestrator.messages.EntityType;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/**
 * Brings tasks forward, once their agents and workflows are there, and what is kept of them only to
 * be found: whom they wait for, and their places in the queue.
 */
public final class TaskRestore implements StateRestore {

  private static final EntityTable TASKS =
      new EntityTable(
          EntityType.TASK,
          "tasks",
          """
          SELECT id, row_to_json(entity) FROM (
            SELECT *, CASE WHEN error_code IS NOT NULL
              THEN json_build_object('code', error_code, 'message', error_message) END AS error
            FROM tasks WHERE id IN (SELECT entity_id FROM restored_entities)) AS entity""");

  /**
   * Columns that are no fields; none is queued until it is known what else holds it up. The place
   * in the queue is at first that of a task which requires nothing: most do, and to write all
   * indexes of a row twice takes as long again.
   */
  @SuppressWarnings("InlineFormatString") // It is long, and what it is for is told here.
  private static final String ADD_COLUMNS =
      """
      UPDATE restored_entities AS restored SET changes = (
        SELECT json_object_agg(key, value) FROM (
          SELECT key, value FROM json_each(changes)
          UNION ALL SELECT 'queued', to_json(false)
          UNION ALL SELECT 'error_' || part, changes -> 'error' -> part
          FROM unnest(ARRAY['code', 'message']) AS part WHERE changes -> 'error' IS NOT NULL
          UNION ALL SELECT key, value FROM (
            VALUES ('open_dependencies', to_json(0)), ('held_back', to_json(false)),
              ('demand', to_json('%s'::text)),
              ('queue_rank', to_json((changes ->> 'created_at')::timestamptz
                - (changes ->> 'priority')::bigint * %d * interval '1 microsecond'))
          ) AS new (key, value)
          WHERE first_version = 1) AS change)
      WHERE entity_type = 'task'""";

  private static final String DEMANDS =
      """
      SELECT DISTINCT required_capabilities FROM tasks
      JOIN restored_entities ON entity_id = id
      WHERE entity_type = 'task' AND first_version = 1 AND required_capabilities <> '{}'""";

  private static final String PLACE =
      """
      UPDATE tasks SET
        demand = ?, queue_rank = created_at - priority * ? * interval '1 microsecond'
      FROM restored_entities
      WHERE entity_id = id AND entity_type = 'task' AND first_version = 1
        AND required_capabilities = ?""";

  private static final List<String> SETTLE =
      List.of(
          """
          INSERT INTO task_dependencies (depends_on, task_id)
          SELECT unnest(depends_on), id FROM tasks JOIN restored_entities ON entity_id = id
          WHERE entity_type = 'task' AND first_version = 1""",
          // A task waits for others, and with its workflow, though none of its own entries tells.
          """
          CREATE TEMP TABLE restored_places ON COMMIT DROP AS
          SELECT id FROM tasks JOIN (
            SELECT entity_id AS id FROM restored_entities WHERE entity_type = 'task'
            UNION
            SELECT tasks.id FROM tasks JOIN restored_entities ON entity_id = workflow_id
            UNION
            SELECT task_id FROM task_dependencies JOIN restored_entities ON entity_id = depends_on
          ) AS touched USING (id)
          WHERE status NOT IN ('completed', 'failed', 'canceled')""",
          """
          UPDATE tasks SET
            open_dependencies = (
              SELECT count(*) FROM tasks AS dependency
              WHERE dependency.id = ANY(tasks.depends_on) AND dependency.status <> 'completed'),
            held_back = EXISTS (
              SELECT FROM workflows WHERE id = tasks.workflow_id AND status = 'paused'),
            queued = false
          WHERE id IN (SELECT id FROM restored_places)""",
          """
          UPDATE tasks SET queued = true
          WHERE id IN (SELECT id FROM restored_places) AND status = 'submitted'
            AND assignment = 'auto' AND open_dependencies = 0 AND NOT held_back
            AND (retry_at IS NULL OR retry_at <= orchestrator_clock())""");

  private final QueueOrder queueOrder;

  /**
   * Makes one.
   *
   * @param queueOrder as the workers have it
   */
  public TaskRestore(QueueOrder queueOrder) {
    this.queueOrder = queueOrder;
  }

  @Override
  public int order() {
    return 30;
  }

  @Override
  public Optional<EntityTable> table() {
    return Optional.of(TASKS);
  }

  @Override
  public void restore(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(ADD_COLUMNS.formatted(QueuePlace.demand(List.of()), ageingMicros()));
      EntityOverlay.apply(connection, TASKS);
      place(connection);
      for (String each : SETTLE) {
        statement.execute(each);
      }
    }
  }

  private long ageingMicros() {
    return queueOrder.ageing().toNanos() / 1000;
  }

  private void place(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(DEMANDS);
        PreparedStatement place = connection.prepareStatement(PLACE)) {
      while (row.next()) {
        List<String> required = List.of((String[]) row.getArray(1).getArray());
        place.setObject(1, QueuePlace.demand(required));
        place.setLong(2, ageingMicros());
        place.setArray(3, row.getArray(1));
        place.addBatch();
      }
      place.executeBatch();
    }
  }
}
