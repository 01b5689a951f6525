package io.agentorchestrator.engine;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Finds tasks that wait and agents that could do them, through the indexes of those alone, however
 * many others there are.
 */
@Component
@Transactional(propagation = Propagation.MANDATORY)
class MatchQueries {

  /**
   * Goes from demand to demand in the index of what is queued (PostgreSQL's "loose index scan"),
   * keeps those that a free agent meets, and takes the first of each line. The constant limits
   * within tell the planner that only the head of a line is read, {@code OFFSET 0} keeps parts
   * apart that belong to different indexes.
   *
   * <p>As many times more tasks than there are slots (at most 200 of them) as said: another worker
   * may have locked the first.
   */
  static final String CANDIDATES =
      """
      WITH RECURSIVE free AS MATERIALIZED (
        SELECT agent.capabilities,
          sum(agent.max_concurrent_tasks - activity.running_tasks)::integer AS slots
        FROM agent_activity AS activity
        CROSS JOIN LATERAL (
          SELECT capabilities, max_concurrent_tasks FROM agents
          WHERE id = activity.agent_id OFFSET 0) AS agent
        WHERE activity.available
        GROUP BY agent.capabilities
      ), line (demand, required) AS (
        (
          SELECT demand, required_capabilities FROM tasks
          WHERE queued AND EXISTS (SELECT FROM free)
          ORDER BY demand, queue_rank, id LIMIT 1
        )
        UNION ALL
        SELECT next.demand, next.required_capabilities FROM line CROSS JOIN LATERAL (
          SELECT demand, required_capabilities FROM tasks
          WHERE queued AND demand > line.demand
          ORDER BY demand, queue_rank, id LIMIT 1) AS next
      ), served AS (
        SELECT line.demand, least(sum(free.slots), 200) * ? AS most
        FROM line JOIN free ON free.capabilities @> line.required
        GROUP BY line.demand
      )
      SELECT waiting.id
      FROM served CROSS JOIN LATERAL (
        SELECT id, queue_rank FROM (
          SELECT id, queue_rank FROM tasks WHERE queued AND demand = served.demand
          ORDER BY queue_rank, id LIMIT 4000) AS head
        LIMIT served.most) AS waiting
      ORDER BY waiting.queue_rank, waiting.id
      LIMIT (SELECT least(sum(slots), 200) FROM free) * ?
      """;

  private static final String FREE =
      """
      WITH free AS MATERIALIZED (
        SELECT agent.id, agent.capabilities, activity.idle_since,
          activity.running_tasks::double precision / agent.max_concurrent_tasks AS load,
          CASE WHEN activity.completed + activity.failed = 0 THEN 1
            ELSE activity.completed::double precision / (activity.completed + activity.failed)
          END AS success_rate
        FROM agent_activity AS activity
        CROSS JOIN LATERAL (
          SELECT id, capabilities, max_concurrent_tasks FROM agents
          WHERE id = activity.agent_id OFFSET 0) AS agent
        WHERE activity.available
      )
      """;

  private static final String BEST =
      """
      SELECT DISTINCT best.id FROM wanted CROSS JOIN LATERAL (
        SELECT free.id FROM free WHERE free.capabilities @> wanted.required
        ORDER BY load, success_rate DESC, idle_since, free.id LIMIT ?) AS best
      """;

  /**
   * For each demand of the tasks given the best agents, as many as there are tasks: with fewer, the
   * best one of all might be missed once others have taken the first ones' slots.
   */
  static final String AGENTS =
      FREE
          + """
          , wanted AS (
            SELECT DISTINCT ON (demand) required_capabilities AS required
            FROM tasks WHERE id = ANY(?)
          )
          """
          + BEST;

  /** Likewise for one demand. */
  private static final String AGENTS_WITH =
      FREE + ", wanted AS (SELECT ?::text[] AS required)\n" + BEST;

  private final JdbcClient jdbc;

  MatchQueries(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Finds waiting tasks that a free agent could do, the first in the queue first; unlocked.
   *
   * @param perSlot how many for each free slot, at most 20
   */
  List<UUID> candidates(int perSlot) {
    return jdbc.sql(CANDIDATES).params(perSlot, perSlot).query((row, n) -> uuid(row)).list();
  }

  /** Finds the agents that the tasks given are best given to; unlocked. */
  Set<UUID> bestAgentsFor(Collection<UUID> tasks) {
    return bestAgentsFor(tasks, tasks.size());
  }

  /**
   * Likewise.
   *
   * @param most how many at most for each demand
   */
  Set<UUID> bestAgentsFor(Collection<UUID> tasks, int most) {
    return tasks.isEmpty()
        ? Set.of()
        : jdbc.sql(AGENTS)
            .params(tasks.toArray(UUID[]::new), most)
            .query((row, n) -> uuid(row))
            .set();
  }

  /**
   * Finds the best agents of those capable of all that is given; unlocked.
   *
   * @param most how many at most
   */
  Set<UUID> bestAgentsWith(Collection<String> capabilities, int most) {
    return jdbc.sql(AGENTS_WITH)
        .params(capabilities.toArray(String[]::new), most)
        .query((row, n) -> uuid(row))
        .set();
  }

  private static UUID uuid(ResultSet row) throws SQLException {
    return Objects.requireNonNull(row.getObject(1, UUID.class));
  }
}
