package io.agentorchestrator.agents;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.data.jpa.repository.JpaSpecificationExecutor;
import org.springframework.data.jpa.repository.NativeQuery;
import org.springframework.data.repository.Repository;
import org.springframework.data.repository.query.Param;

/** The agents. */
interface AgentRepository extends Repository<Agent, UUID>, JpaSpecificationExecutor<Agent> {

  /**
   * A lease has run out if the partition of the agent's commands has been read beyond the lease's
   * end, and without a gap since it began to count. A mark that lies ahead is of a clock that was
   * put back. Of an agent brought back from the log nobody knows the partition until it speaks;
   * then the one read least far counts.
   */
  String EXPIRED =
      """
      SELECT agents.id
      FROM agents
      JOIN agent_activity AS activity ON activity.agent_id = agents.id
      JOIN heard_partitions AS heard
        ON heard.topic = :topic AND heard.partition = coalesce(activity.command_partition, (
          SELECT partition FROM heard_partitions
          WHERE topic = :topic ORDER BY heard_until LIMIT 1))
      WHERE (agents.status = 'active' OR agents.status = 'offline' AND activity.running_tasks > 0)
        AND agents.lease_seconds > 0
        AND heard.heard_until <= orchestrator_clock()
        AND heard.heard_until > greatest(activity.last_seen, heard.counting_since)
          + make_interval(secs => agents.lease_seconds)
      """;

  /** A condition of a bulk operation; null is none. */
  String SELECTED =
      """
      SELECT id FROM agents
      WHERE (CAST(:type AS text) IS NULL OR type = CAST(:type AS text))
        AND (status = CAST(:status AS text)
          OR CAST(:status AS text) IS NULL AND status <> 'deregistered')
        AND (CAST(:capability AS text) IS NULL
          OR capabilities @> ARRAY[CAST(:capability AS text)])
      """;

  /** Finds an agent, unlocked. */
  Optional<Agent> findById(UUID id);

  /** Locks the agents given, in the database's order of ids, until the transaction ends. */
  @NativeQuery("SELECT * FROM agents WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
  List<Agent> lock(@Param("ids") UUID[] ids);

  /** Locks those of the agents given that nobody has locked, until the transaction ends. */
  @NativeQuery(
      "SELECT * FROM agents WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED")
  List<Agent> lockFree(@Param("ids") UUID[] ids);

  /** Finds those of the agents given that are not deregistered, unlocked. */
  @NativeQuery("SELECT id FROM agents WHERE id = ANY(:ids) AND status <> 'deregistered'")
  Set<UUID> inTheFleet(@Param("ids") UUID[] ids);

  /** Finds what moves of the agents given. */
  @NativeQuery("SELECT * FROM agent_activity WHERE agent_id = ANY(:ids)")
  List<AgentActivity> activities(@Param("ids") UUID[] ids);

  /** Finds the agents that meet a condition, in the database's order of ids, unlocked. */
  @NativeQuery(SELECTED + " ORDER BY id LIMIT :most")
  List<UUID> selected(
      @Param("type") @Nullable String type,
      @Param("status") @Nullable String status,
      @Param("capability") @Nullable String capability,
      @Param("most") int most);

  /** Finds those of the agents given that meet a condition. */
  @NativeQuery(SELECTED + " AND id = ANY(:ids)")
  Set<UUID> selectedOf(
      @Param("type") @Nullable String type,
      @Param("status") @Nullable String status,
      @Param("capability") @Nullable String capability,
      @Param("ids") UUID[] ids);

  /**
   * Finds agents whose lease has run out, unlocked: active ones, and disabled ones with tasks.
   *
   * @param topic the topic of the agents' commands
   */
  @NativeQuery(EXPIRED + " LIMIT :most")
  List<UUID> expired(@Param("topic") String topic, @Param("most") int most);

  /** Finds those of the agents given likewise. */
  @NativeQuery(EXPIRED + " AND agents.id = ANY(:ids)")
  Set<UUID> expiredOf(@Param("topic") String topic, @Param("ids") UUID[] ids);
}
