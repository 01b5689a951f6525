package io.agentorchestrator.rest;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Tasks of about 750 kB each, with objects near their bound. */
final class LargeTasks {

  private LargeTasks() {}

  /** Inserts some, as rows: they never were commands. */
  static void insert(JdbcClient sql, String type, @Nullable UUID parent, int tasks) {
    sql.sql(
            """
            INSERT INTO tasks (id, type, description, input, result, status, priority,
              required_capabilities, parent_task_id, depends_on, assignment, attempt, retry_count,
              max_retries, tags, metadata, created_at, updated_at, entity_version)
            SELECT gen_random_uuid(), :type, 'Large.', large, large, 'canceled', 1, '{}',
              CAST(:parent AS uuid), '{}', 'manual', 0, 0, 0, '{}', large, now(), now(), 1
            FROM generate_series(1, :tasks) AS n
            CROSS JOIN (SELECT json_build_object('text', repeat('x', 250000)) AS large) AS object
            """)
        .param("type", type)
        .param("parent", parent)
        .param("tasks", tasks)
        .update();
  }
}
