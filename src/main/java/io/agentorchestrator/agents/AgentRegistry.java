package io.agentorchestrator.agents;

import io.agentorchestrator.log.Cause;
import io.agentorchestrator.log.Decision;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.messages.Command.AgentCommand;
import io.agentorchestrator.messages.Command.AgentSelection;
import io.agentorchestrator.messages.Command.BulkAction;
import io.agentorchestrator.messages.Command.DeregisterAgent;
import io.agentorchestrator.messages.Command.Heartbeat;
import io.agentorchestrator.messages.Command.RegisterAgent;
import io.agentorchestrator.messages.Rejection;
import jakarta.persistence.EntityManager;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Applies the commands about agents. */
@Component
@Transactional(propagation = Propagation.MANDATORY)
public class AgentRegistry {

  private final AgentRepository repository;
  private final EntityManager entityManager;
  private final JdbcClient jdbc;

  AgentRegistry(AgentRepository repository, EntityManager entityManager, JdbcClient jdbc) {
    this.repository = repository;
    this.entityManager = entityManager;
    this.jdbc = jdbc;
  }

  /** Locks the agents given until the transaction ends. To be called after the tasks are locked. */
  public LockedAgents lock(Collection<UUID> ids) {
    if (ids.isEmpty()) {
      return new LockedAgents(List.of(), List.of());
    }
    UUID[] array = ids.toArray(UUID[]::new);
    return new LockedAgents(repository.lock(array), repository.activities(array));
  }

  /** Locks those of the agents given that nobody else has locked; never waits. */
  public LockedAgents lockFree(Collection<UUID> ids) {
    if (ids.isEmpty()) {
      return new LockedAgents(List.of(), List.of());
    }
    List<Agent> agents = repository.lockFree(ids.toArray(UUID[]::new));
    return new LockedAgents(
        agents, repository.activities(agents.stream().map(Agent::id).toArray(UUID[]::new)));
  }

  /** Finds those of the ids given whose heartbeats would be refused now; only a look, unlocked. */
  public Set<UUID> notInTheFleet(Set<UUID> ids) {
    Set<UUID> missing = new HashSet<>(ids);
    if (!ids.isEmpty()) {
      missing.removeAll(repository.inTheFleet(ids.toArray(UUID[]::new)));
    }
    return missing;
  }

  /**
   * Applies a command, or says why not.
   *
   * @param partition the partition of the agents' commands it came on
   */
  public Optional<Rejection> apply(
      AgentCommand command,
      UUID subject,
      int partition,
      Cause cause,
      LockedAgents agents,
      LogBatch log) {
    return switch (command) {
      case RegisterAgent stated -> register(stated, subject, partition, cause, agents, log);
      case Heartbeat heartbeat -> heartbeat(subject, partition, cause, agents, log);
      case DeregisterAgent deregister -> deregister(deregister, subject, cause, agents, log);
    };
  }

  /** Renews the lease of an agent that spoke, whatever came of what it said. */
  public void heardOf(UUID id, Cause cause, LockedAgents agents, LogBatch log) {
    agents
        .find(id)
        .filter(agent -> agent.status() != AgentStatus.DEREGISTERED)
        .ifPresent(agent -> renewLease(agent, null, cause, agents, log));
  }

  /**
   * Finds the agents that meet a condition, in the database's order of ids, unlocked. Those that
   * are deregistered are found only by a condition that says so.
   *
   * @param most how many at most
   */
  public List<UUID> selected(AgentSelection selection, int most) {
    return repository.selected(
        selection.agentType(), selection.status(), selection.capability(), most);
  }

  /** Finds those of the agents given that meet a condition. */
  public Set<UUID> selected(AgentSelection selection, Collection<UUID> ids) {
    return ids.isEmpty()
        ? Set.of()
        : repository.selectedOf(
            selection.agentType(),
            selection.status(),
            selection.capability(),
            ids.toArray(UUID[]::new));
  }

  /** Says why a part of a bulk operation would be refused, or nothing; changes nothing. */
  public Optional<Rejection> refusal(BulkAction action, UUID id, LockedAgents agents) {
    return agents
        .find(id)
        .map(agent -> agent.refusal(action))
        .orElseGet(() -> Optional.of(notFound(action.verb(), id)));
  }

  /**
   * Does to an agent what a bulk operation wants, or says why not. Its open tasks are the caller's
   * to release.
   *
   * @param tasksHeld how many tasks it holds
   */
  public Optional<Rejection> apply(
      BulkAction action, UUID id, int tasksHeld, Cause cause, LockedAgents agents, LogBatch log) {
    return agents
        .find(id)
        .map(agent -> log.change(cause, agent, () -> decide(action, agent, tasksHeld, agents, log)))
        .orElseGet(() -> Optional.of(notFound(action.verb(), id)));
  }

  private static Decision decide(
      BulkAction action, Agent agent, int tasksHeld, LockedAgents agents, LogBatch log) {
    Instant lastSeen = agents.activity(agent.id()).lastSeen();
    return switch (action) {
      case ACTIVATE -> agent.activate(lastSeen, log.now());
      case DEACTIVATE -> agent.deactivate();
      case RESET_STATUS -> agent.reset(lastSeen, tasksHeld, log.now());
      case DEREGISTER -> agent.deregister(null);
    };
  }

  /** Gives up an agent whose lease ran out. Its open tasks are the caller's to release. */
  public void expire(Agent agent, Cause cause, LockedAgents agents, LogBatch log) {
    certain(log.change(cause, agent, () -> agent.expire(agents.activity(agent.id()).lastSeen())));
  }

  /**
   * Finds agents whose lease has run out, unlocked: active ones, and disabled ones with tasks.
   *
   * @param topic the topic of the agents' commands
   * @param most how many at most
   */
  public List<UUID> expired(String topic, int most) {
    return repository.expired(topic, most);
  }

  /** Finds those of the agents given likewise. */
  public Set<UUID> expired(String topic, Collection<UUID> ids) {
    return ids.isEmpty() ? Set.of() : repository.expiredOf(topic, ids.toArray(UUID[]::new));
  }

  /**
   * Hands what came into being to the database, and, in one statement, when agents were heard of
   * last. To be called before the tasks' and the log's rows.
   */
  public void persist(LockedAgents agents, Instant now) {
    agents.created().forEach(entityManager::persist);
    Map<UUID, @Nullable Integer> heard = agents.heard();
    if (heard.isEmpty()) {
      return;
    }
    // Of those just created the rows may not be there yet, and will say the same.
    jdbc.sql(
            """
            UPDATE agent_activity SET
              last_seen = greatest(last_seen, ?),
              command_partition = coalesce(heard.partition, command_partition)
            FROM unnest(?, ?) AS heard (id, partition)
            WHERE agent_id = heard.id
            """)
        .params(
            now.atOffset(ZoneOffset.UTC),
            heard.keySet().toArray(UUID[]::new),
            heard.values().toArray(Integer[]::new))
        .update();
  }

  private Optional<Rejection> register(
      RegisterAgent stated,
      UUID id,
      int partition,
      Cause cause,
      LockedAgents agents,
      LogBatch log) {
    Optional<Agent> known = agents.find(id);
    if (known.isEmpty()) {
      Agent agent = new Agent(id, stated, log.now());
      agents.add(agent, new AgentActivity(id, partition, log.now()));
      log.created(cause, agent, agent.registered());
      return Optional.empty();
    }
    Agent agent = known.get();
    Optional<Rejection> refusal = log.change(cause, agent, () -> agent.restate(stated));
    if (refusal.isEmpty()) {
      renewLease(agent, partition, cause, agents, log);
    }
    return refusal;
  }

  private Optional<Rejection> heartbeat(
      UUID id, int partition, Cause cause, LockedAgents agents, LogBatch log) {
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
    renewLease(agent, partition, cause, agents, log);
    return Optional.empty();
  }

  private Optional<Rejection> deregister(
      DeregisterAgent command, UUID id, Cause cause, LockedAgents agents, LogBatch log) {
    return agents
        .find(id)
        .map(agent -> log.change(cause, agent, () -> agent.deregister(command.reason())))
        .orElseGet(() -> Optional.of(notFound("deregister", id)));
  }

  private void renewLease(
      Agent agent, @Nullable Integer partition, Cause cause, LockedAgents agents, LogBatch log) {
    agents.heardOf(agent.id(), log.now(), partition);
    certain(log.change(cause, agent, agent::heardOf));
  }

  private static void certain(Optional<Rejection> refusal) {
    if (refusal.isPresent()) {
      throw new IllegalStateException("refused what must be: " + refusal.get());
    }
  }

  private static Rejection notFound(String what, UUID id) {
    return Rejection.notFound(
        "Expected to %s agent %s, but there is no such agent.".formatted(what, id));
  }
}
