package io.agentorchestrator.agents;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaSpecificationExecutor;
import org.springframework.data.jpa.repository.NativeQuery;
import org.springframework.data.repository.Repository;
import org.springframework.data.repository.query.Param;

/** The agents. */
interface AgentRepository extends Repository<Agent, UUID>, JpaSpecificationExecutor<Agent> {

  /** Finds an agent, unlocked. */
  Optional<Agent> findById(UUID id);

  /** Locks the agents given, in the database's order of ids, until the transaction ends. */
  @NativeQuery("SELECT * FROM agents WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
  List<Agent> lock(@Param("ids") UUID[] ids);

  /** Finds those of the agents given that are not deregistered, unlocked. */
  @NativeQuery("SELECT id FROM agents WHERE id = ANY(:ids) AND status <> 'deregistered'")
  Set<UUID> inTheFleet(@Param("ids") UUID[] ids);

  /** Finds what moves of the agents given. */
  @NativeQuery("SELECT * FROM agent_activity WHERE agent_id = ANY(:ids)")
  List<AgentActivity> activities(@Param("ids") UUID[] ids);
}
