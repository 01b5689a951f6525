package io.agentorchestrator.agents;

import io.agentorchestrator.log.Cause;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.messages.Command.AgentCommand;
import io.agentorchestrator.messages.Command.DeregisterAgent;
import io.agentorchestrator.messages.Command.Heartbeat;
import io.agentorchestrator.messages.Command.RegisterAgent;
import io.agentorchestrator.messages.Rejection;
import jakarta.persistence.EntityManager;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Applies the commands about agents. */
@Component
@Transactional(propagation = Propagation.MANDATORY)
public class AgentRegistry {

  private final AgentRepository repository;
  private final EntityManager entityManager;

  AgentRegistry(AgentRepository repository, EntityManager entityManager) {
    this.repository = repository;
    this.entityManager = entityManager;
  }

  /** Locks the agents given until the transaction ends. To be called after the tasks are locked. */
  public LockedAgents lock(Collection<UUID> ids) {
    if (ids.isEmpty()) {
      return new LockedAgents(List.of(), List.of());
    }
    UUID[] array = ids.toArray(UUID[]::new);
    return new LockedAgents(repository.lock(array), repository.activities(array));
  }

  /** Finds those of the ids given whose heartbeats would be refused now; only a look, unlocked. */
  public Set<UUID> notInTheFleet(Set<UUID> ids) {
    Set<UUID> missing = new HashSet<>(ids);
    if (!ids.isEmpty()) {
      missing.removeAll(repository.inTheFleet(ids.toArray(UUID[]::new)));
    }
    return missing;
  }

  /** Applies a command, or says why not. */
  public Optional<Rejection> apply(
      AgentCommand command, UUID subject, Cause cause, LockedAgents agents, LogBatch log) {
    return switch (command) {
      case RegisterAgent stated -> register(stated, subject, cause, agents, log);
      case Heartbeat heartbeat -> heartbeat(subject, cause, agents, log);
      case DeregisterAgent deregister -> deregister(deregister, subject, cause, agents, log);
    };
  }

  /** Renews the lease of an agent that spoke, whatever came of what it said. */
  public void heardOf(UUID id, Cause cause, LockedAgents agents, LogBatch log) {
    agents
        .find(id)
        .filter(agent -> agent.status() != AgentStatus.DEREGISTERED)
        .ifPresent(agent -> renewLease(agent, cause, agents, log));
  }

  /** Hands the agents that came into being to the database. To be called before the log's rows. */
  public void persistCreated(LockedAgents agents) {
    agents.created().forEach(entityManager::persist);
  }

  private Optional<Rejection> register(
      RegisterAgent stated, UUID id, Cause cause, LockedAgents agents, LogBatch log) {
    Optional<Agent> known = agents.find(id);
    if (known.isEmpty()) {
      Agent agent = new Agent(id, stated, log.now());
      agents.add(agent, new AgentActivity(id, log.now()));
      log.created(cause, agent, agent.registered());
      return Optional.empty();
    }
    Agent agent = known.get();
    Optional<Rejection> refusal = log.change(cause, agent, () -> agent.restate(stated));
    if (refusal.isEmpty()) {
      renewLease(agent, cause, agents, log);
    }
    return refusal;
  }

  private Optional<Rejection> heartbeat(UUID id, Cause cause, LockedAgents agents, LogBatch log) {
    Optional<Agent> known = agents.find(id);
    if (known.isEmpty()) {
      return Optional.of(notFound("hear of", id));
    }
    Agent agent = known.get();
    if (agent.status() == AgentStatus.DEREGISTERED) {
      return Optional.of(
          Rejection.invalidState(
              "Expected to hear of agent %s, but it is deregistered.".formatted(id)));
    }
    renewLease(agent, cause, agents, log);
    return Optional.empty();
  }

  private Optional<Rejection> deregister(
      DeregisterAgent command, UUID id, Cause cause, LockedAgents agents, LogBatch log) {
    return agents
        .find(id)
        .map(agent -> log.change(cause, agent, () -> agent.deregister(command.reason())))
        .orElseGet(() -> Optional.of(notFound("deregister", id)));
  }

  private void renewLease(Agent agent, Cause cause, LockedAgents agents, LogBatch log) {
    agents.activity(agent.id()).seen(log.now());
    Optional<Rejection> refusal = log.change(cause, agent, agent::heardOf);
    if (refusal.isPresent()) {
      throw new IllegalStateException("a sign of life is never refused: " + refusal.get());
    }
  }

  private static Rejection notFound(String what, UUID id) {
    return Rejection.notFound(
        "Expected to %s agent %s, but there is no such agent.".formatted(what, id));
  }
}
