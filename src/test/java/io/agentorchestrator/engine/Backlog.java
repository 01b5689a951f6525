package io.agentorchestrator.engine;

import io.agentorchestrator.local.Site;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * A large fleet and a long queue, put into a site's database by SQL: tasks of a few demands, and
 * agents of which all are busy until some are freed.
 */
final class Backlog implements AutoCloseable {

  /** How many different demands there are. */
  static final int DEMANDS = 20;

  private final Connection connection;

  Backlog(Site site) throws SQLException {
    connection = DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
  }

  /** Adds waiting tasks; each demands one of the skills. Those of skill 0 can be done by nobody. */
  void addTasks(int count) throws SQLException {
    execute(
        """
        INSERT INTO tasks (id, type, description, input, status, priority, required_capabilities,
          depends_on, assignment, attempt, retry_count, max_retries, tags, metadata,
          created_at, updated_at, entity_version, demand, queue_rank, queued)
        SELECT gen_random_uuid(), 'review', 'Look at it.', '{"page": 1}', 'submitted', 1 + n %% 5,
          ARRAY['skill-' || n %% %1$d], '{}', 'auto', 0, 0, 3, '{}', '{}', at, at, 1,
          md5('skill-' || n %% %1$d)::uuid, at - (1 + n %% 5) * interval '10 minutes', true
        FROM (SELECT n, now() - n * interval '1 millisecond' AS at FROM generate_series(1, %2$d) AS n)
        """
            .formatted(DEMANDS, count));
  }

  /** Adds agents with all skills but 0, that have as many slots, of which so many are free. */
  void addAgents(int count, int slots, int free) throws SQLException {
    execute(
        """
        WITH added AS (
          INSERT INTO agents (id, type, name, endpoint, capabilities, max_concurrent_tasks,
            lease_seconds, enabled, status, metadata, created_at, updated_at, entity_version)
          SELECT gen_random_uuid(), 'coder', 'An agent', 'http://127.0.0.1:9000',
            ARRAY(SELECT 'skill-' || n FROM generate_series(1, %1$d - 1) AS n), %3$d, 0, true,
            'active', '{}', now(), now(), 1
          FROM generate_series(1, %2$d)
          RETURNING id)
        INSERT INTO agent_activity (agent_id, last_seen, running_tasks, completed, failed,
          total_duration_seconds, available)
        SELECT id, now(), %3$d - %4$d, 0, 0, 0, %4$d > 0 FROM added
        """
            .formatted(DEMANDS, count, slots, free));
  }

  /** Lets the planner know what there is. */
  void analyze() throws SQLException {
    execute("VACUUM ANALYZE");
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The first column of what a query finds. */
  List<String> query(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      List<String> found = new ArrayList<>();
      while (row.next()) {
        found.add(row.getString(1));
      }
      return found;
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
