package io.agentorchestrator.rest;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Years of work as rows, made by PostgreSQL itself: {@code tasks} of them in the last year, and the
 * log of the last two months. It is skewed as real work is, against the planner, which takes what
 * is looked for to be everywhere: a backlog of the lowest priority that is half a year old, a type
 * and an actor that only the oldest rows have, a type that is never urgent. Tags and capabilities
 * are of all frequencies, anywhere, and two of them in the first months alone.
 *
 * @param tasks how many tasks
 * @param entries how many entries of the log
 */
record SeededData(long tasks, long entries) {

  /** Rows a transaction. */
  private static final long CHUNK = 500_000;

  @SuppressWarnings("InlineFormatString") // It stands beside the others.
  private static final String AGENTS =
      """
      INSERT INTO agents (id, type, name, endpoint, version, capabilities, max_concurrent_tasks,
        lease_seconds, enabled, status, metadata, created_at, updated_at, entity_version)
      SELECT md5('agent' || n)::uuid, 'type-' || n %% 20, 'Agent ' || n, 'http://127.0.0.1:9000', '1',
        ARRAY['capability-' || n %% 50, 'capability-' || 50 + n %% 7], 1 + (n %% 10)::integer, 60, true,
        CASE WHEN n %% 20 < 16 THEN 'active' WHEN n %% 20 < 19 THEN 'offline' ELSE 'deregistered' END,
        '{}', now() - n * interval '1 minute', now(), 3
      FROM generate_series(1, %d) AS n
      """;

  private static final String ACTIVITIES =
      """
      INSERT INTO agent_activity (agent_id, last_seen, running_tasks, completed, failed,
        total_duration_seconds)
      SELECT id, now(), held.number, 100, 2, 1000
      FROM agents CROSS JOIN LATERAL (
        SELECT count(*) AS number FROM tasks
        WHERE assigned_agent_id = agents.id AND status IN ('assigned', 'working', 'input_required')
      ) AS held
      """;

  private static final String WORKFLOWS =
      """
      INSERT INTO workflows (id, name, user_id, status, priority, on_task_failure, configuration,
        metadata, created_at, updated_at, entity_version)
      SELECT md5('workflow' || n)::uuid, 'Workflow ' || n, 'user-' || n %% 1000,
        CASE WHEN n > %1$d * 0.995 THEN 'running' WHEN n %% 50 = 0 THEN 'failed' ELSE 'completed' END,
        2, 'fail', '{}', '{}', now() - interval '365 days' * (1 - n / %1$d::float8), now(), 9
      FROM generate_series(%3$d::bigint, %4$d) AS n
      """;

  private static final String TASKS =
      """
      INSERT INTO tasks (id, type, name, description, input, result, status, priority,
        required_capabilities, assigned_agent_id, workflow_id, parent_task_id, depends_on, assignment,
        attempt, retry_count, max_retries, tags, metadata, created_at, updated_at, entity_version)
      SELECT md5('task' || n)::uuid,
        CASE WHEN n <= %1$d * 0.001 THEN 'type-rare' ELSE 'type-' || n %% 20 END,
        'Task ' || n, 'Seeded.', '{"n":1}', CASE WHEN status = 'completed' THEN '{"done":true}'::json END,
        status,
        CASE WHEN is_backlog OR n %% 20 = 7 THEN 1 WHEN n %% 20 = 0 THEN 5 WHEN n %% 20 < 4 THEN 4
          WHEN n %% 20 < 9 THEN 3 ELSE 2 END,
        CASE WHEN n <= %1$d * 0.1 AND n %% 3 = 0 THEN ARRAY['capability-early']
          WHEN n / 20 %% 3 = 0 THEN ARRAY['capability-' || n / 20 %% 50] ELSE '{}' END,
        CASE WHEN status <> 'submitted' THEN md5('agent' || 1 + n * 7919 %% %2$d)::uuid END,
        CASE WHEN n %% 2 = 0 THEN md5('workflow' || n / 20)::uuid END,
        CASE WHEN n %% 500 = 3 THEN md5('task1')::uuid
          WHEN n %% 50 = 1 AND n > 1000 THEN md5('task' || n / 1000 * 1000)::uuid END,
        '{}', 'manual', 1, 0, 3,
        CASE WHEN n <= %1$d * 0.1 AND n %% 2 = 0 THEN ARRAY['early', 'tag-' || n %% 1000]
          WHEN n %% 10000 = 5 THEN ARRAY['seldom'] WHEN n / 20 %% 10 = 1 THEN ARRAY['often']
          WHEN n / 20 %% 10 = 2 THEN ARRAY['tag-' || n / 200 %% 1000] ELSE '{}' END,
        '{}', now() - interval '365 days' * (1 - n / %1$d::float8), now(), 4
      FROM generate_series(%3$d::bigint, %4$d) AS n
      CROSS JOIN LATERAL (
        SELECT n > %1$d * 0.5 AND n <= %1$d * 0.51 AS is_backlog OFFSET 0) AS age
      CROSS JOIN LATERAL (
        SELECT CASE WHEN is_backlog THEN 'submitted'
          WHEN n > %1$d * 0.998 THEN (ARRAY['submitted', 'assigned', 'working', 'input_required'])[1 + n %% 4]
          WHEN n %% 100 < 93 THEN 'completed' WHEN n %% 100 < 97 THEN 'failed' ELSE 'canceled' END
          AS status OFFSET 0) AS state
      """;

  private static final String ENTRIES =
      """
      INSERT INTO orchestration_log (id, position, recorded_at, type, operation, entity_type, entity_id,
        entity_version, status, message, command_source, command_id, command_digest, command_type,
        actor, agent_id, changes, details)
      SELECT md5('entry' || n)::uuid, n, now() - interval '55 days' * (1 - n / %1$d::float8),
        CASE WHEN is_old THEN 'agent.deregistered.v1' WHEN n %% 5000 = 7 THEN 'agent.status-changed.v1'
          WHEN n %% 2000 = 3 THEN 'command.rejected.v1'
          ELSE (ARRAY['task.created.v1', 'task.assigned.v1', 'task.completed.v1'])[1 + n %% 3] END,
        CASE WHEN is_old THEN 'agent.deregister' WHEN n %% 5000 = 7 THEN 'agent.expire'
          ELSE (ARRAY['task.create', 'task.assign', 'task.complete'])[1 + n %% 3] END,
        CASE WHEN is_old OR n %% 5000 = 7 THEN 'agent' ELSE 'task' END,
        CASE WHEN is_old OR n %% 5000 = 7 THEN md5('agent' || 1 + n %% %2$d) ELSE md5('task' || n / 3) END::uuid,
        CASE WHEN n %% 2000 <> 3 THEN 1 + n %% 3 END,
        CASE WHEN n %% 2000 = 3 THEN 'failure' ELSE 'success' END,
        'Seeded entry ' || n, '/seed', 'command-' || n, md5('digest' || n), 'task.create.v1',
        CASE WHEN is_old THEN 'actor-rare' ELSE 'actor-' || n %% 500 END,
        NULL, '{"status":"assigned"}', '{}'
      FROM generate_series(%3$d::bigint, %4$d) AS n
      CROSS JOIN LATERAL (SELECT n <= %1$d * 0.0005 AS is_old OFFSET 0) AS age
      """;

  private static final String KEYS =
      """
      INSERT INTO command_keys (id, source, digest, type, recorded_at)
      SELECT 'command-' || n, '/seed', decode(md5('digest' || n), 'hex'), 'task.create.v1',
        now() - interval '14 days' * (1 - n / %1$d::float8)
      FROM generate_series(%3$d::bigint, %4$d) AS n
      """;

  /** What came later under some of these ids. */
  private static final String REUSES =
      """
      INSERT INTO command_key_reuses (id, source, digest, type, recorded_at)
      SELECT 'command-' || n, '/seed', decode(md5('other' || n), 'hex'), 'task.cancel.v1',
        now() - interval '14 days' * (1 - n / %1$d::float8)
      FROM generate_series(%3$d::bigint, %4$d) AS n
      WHERE n %% 100 = 0
      """;

  /** Of the tables that are filled, those that are no constraints'. */
  private static final String INDEXES =
      """
      SELECT indexrelid::regclass, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')
      FROM pg_index
      WHERE indrelid IN ('tasks'::regclass, 'orchestration_log'::regclass, 'workflows'::regclass)
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
      """;

  /** How many agents there are. */
  long agents() {
    return Math.max(200, tasks / 2000);
  }

  /** How many workflows there are. */
  long workflows() {
    return tasks / 20 + 1;
  }

  /** The id of a seeded row. */
  static UUID id(Connection connection, String name) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT md5('%s')::uuid".formatted(name))) {
      row.next();
      return row.getObject(1, UUID.class);
    }
  }

  /** Fills an empty database, nobody looking: without triggers and, until it is done, indexes. */
  void fill(Connection connection, Consumer<String> progress) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      // Nobody reads what follows from the WAL, and the server would keep all of it for that.
      statement.execute(
          """
          SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
          WHERE database = current_database()
          """);
      statement.execute("SET session_replication_role = replica");
      statement.execute(
          "SELECT create_orchestration_log_partition(current_date - 28 * n) FROM generate_series(0, 2) AS n");
      List<String> indexes = dropIndexes(statement);
      statement.execute(AGENTS.formatted(agents()));
      inChunks(statement, WORKFLOWS, workflows());
      inChunks(statement, TASKS, tasks);
      progress.accept("tasks are there");
      inChunks(statement, ENTRIES, entries);
      inChunks(statement, KEYS, entries / 3);
      inChunks(statement, REUSES, entries / 3);
      progress.accept("entries are there");
      for (String each : indexes) {
        statement.execute(each);
      }
      progress.accept("indexes are there");
      statement.execute(ACTIVITIES);
      statement.execute("SET session_replication_role = origin");
      statement.execute("SELECT recount_entities()");
      statement.execute("SELECT relist_task_labels()");
      statement.execute("VACUUM (ANALYZE)");
      progress.accept("statistics are there");
    }
  }

  private void inChunks(Statement statement, String insert, long rows) throws SQLException {
    for (long first = 1; first <= rows; first += CHUNK) {
      statement.execute(insert.formatted(rows, agents(), first, Math.min(rows, first + CHUNK - 1)));
    }
  }

  private static List<String> dropIndexes(Statement statement) throws SQLException {
    List<String> names = new ArrayList<>();
    List<String> definitions = new ArrayList<>();
    try (ResultSet row = statement.executeQuery(INDEXES)) {
      while (row.next()) {
        names.add(row.getString(1));
        definitions.add(row.getString(2));
      }
    }
    for (String each : names) {
      statement.execute("DROP INDEX " + each);
    }
    return definitions;
  }
}
