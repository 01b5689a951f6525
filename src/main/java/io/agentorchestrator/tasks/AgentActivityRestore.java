package io.agentorchestrator.tasks;

import io.agentorchestrator.log.StateRestore;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * Brings forward what moves with an agent's tasks: its slots, and how well it did, as the entries
 * tell. Heartbeats left no entry, so when it was heard of last is at times later than is known;
 * leases count anew anyway.
 */
public final class AgentActivityRestore implements StateRestore {

  private static final List<String> COUNT =
      List.of(
          """
          CREATE TEMP TABLE restored_activities ON COMMIT DROP AS
          SELECT entry.agent_id,
            count(*) FILTER (WHERE ended = 'completed') AS completed,
            count(*) FILTER (WHERE CASE WHEN operation = 'agent.expire'
              THEN entry.type = 'task.released.v1'
              ELSE ended IN ('retry', 'failed') END) AS failed,
            coalesce(sum(greatest(0, extract(epoch FROM completed_at - started_at)))
              FILTER (WHERE ended = 'completed'), 0)::double precision AS seconds,
            max(recorded_at) FILTER (WHERE entry.type IN ('task.completed.v1', 'task.failed.v1',
              'task.retry-scheduled.v1', 'task.released.v1', 'task.canceled.v1')) AS freed_at,
            max(recorded_at) FILTER (WHERE operation IN
              ('task.start', 'task.progress', 'task.complete', 'task.fail')) AS heard_at
          FROM restored_entries AS entry LEFT JOIN tasks ON tasks.id = entity_id
          CROSS JOIN LATERAL (
            -- A task that was brought in from elsewhere may begin with its end.
            SELECT CASE entry.type
              WHEN 'task.completed.v1' THEN 'completed'
              WHEN 'task.failed.v1' THEN 'failed'
              WHEN 'task.retry-scheduled.v1' THEN 'retry'
              WHEN 'task.created.v1' THEN entry.changes ->> 'status' END AS ended) AS outcome
          WHERE entry.agent_id IS NOT NULL AND entry.entity_version IS NOT NULL
          GROUP BY entry.agent_id
          UNION ALL
          SELECT entity_id, 0, 0, 0, NULL, max(
            CASE WHEN operation IN ('agent.register', 'agent.heartbeat') THEN recorded_at
              WHEN operation = 'import' THEN (details -> 'import' ->> 'last_seen')::timestamptz END)
          FROM restored_entries WHERE entity_type = 'agent' AND entity_version IS NOT NULL
          GROUP BY entity_id""",
          """
          UPDATE agent_activity AS activity SET
            completed = activity.completed + told.completed,
            failed = activity.failed + told.failed,
            total_duration_seconds = activity.total_duration_seconds + told.seconds,
            idle_since = greatest(idle_since, told.freed_at),
            last_seen = greatest(last_seen, told.heard_at),
            running_tasks = (
              SELECT count(*) FROM tasks WHERE assigned_agent_id = activity.agent_id
                AND status IN ('assigned', 'working', 'input_required'))
          FROM (
            SELECT agent_id, sum(completed) AS completed, sum(failed) AS failed,
              sum(seconds) AS seconds, max(freed_at) AS freed_at, max(heard_at) AS heard_at
            FROM restored_activities GROUP BY agent_id) AS told
          WHERE told.agent_id = activity.agent_id""",
          """
          UPDATE agent_activity SET
            available = status = 'active' AND running_tasks < max_concurrent_tasks
          FROM agents
          WHERE agents.id = agent_id AND agent_id IN (SELECT agent_id FROM restored_activities)""");

  @Override
  public int order() {
    return 40;
  }

  @Override
  public void restore(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String each : COUNT) {
        statement.execute(each);
      }
    }
  }
}
