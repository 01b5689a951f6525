package io.agentorchestrator.agents;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.log.Cause;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.messages.Command.AgentCommand;
import io.agentorchestrator.messages.Command.RegisterAgent;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.messages.Rejection;
import jakarta.persistence.EntityManager;
import java.lang.reflect.Field;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Agents as a transaction would have locked them, without a database. */
public final class Fleet {

  private final LockedAgents locked = new LockedAgents(List.of(), List.of());
  private final AgentRegistry registry =
      new AgentRegistry(
          absent(AgentRepository.class),
          absent(EntityManager.class),
          JdbcClient.create(absent(DataSource.class)));

  /** Returns the agents. */
  public LockedAgents locked() {
    return locked;
  }

  /** Returns what applies commands; it fails where it needs the database. */
  public AgentRegistry registry() {
    return registry;
  }

  /** Returns all agents there are. */
  public List<Agent> agents() {
    return locked.created().stream()
        .filter(Agent.class::isInstance)
        .map(Agent.class::cast)
        .toList();
  }

  /** Registers an agent, or states it anew, with an entry in the log. */
  public void register(UUID id, int slots, Cause cause, LogBatch log, String... capabilities) {
    assertThat(apply(stated("Agent", slots, List.of(capabilities)), id, cause, log)).isEmpty();
  }

  /** Lets an agent take tasks. */
  public Optional<Rejection> activate(UUID id, Cause cause, LogBatch log) {
    Instant lastSeen = locked.activity(id).lastSeen();
    Agent agent = locked.find(id).orElseThrow();
    return log.change(cause, agent, () -> agent.activate(lastSeen, log.now()));
  }

  /** Lets an agent take no more tasks. */
  public Optional<Rejection> deactivate(UUID id, Cause cause, LogBatch log) {
    Agent agent = locked.find(id).orElseThrow();
    return log.change(cause, agent, agent::deactivate);
  }

  /** Adds an active agent. */
  public Agent add(UUID id, Instant now, int slots, String... capabilities) {
    return add(new Agent(id, stated("Agent", slots, List.of(capabilities)), now), now);
  }

  /** Adds an active agent with one slot that has gone offline since. */
  public Agent addOffline(UUID id, Instant now) {
    Agent agent = add(id, now, 1);
    return restored(agent, AgentStatus.OFFLINE, true);
  }

  /** Applies a command. */
  public Optional<Rejection> apply(AgentCommand command, UUID subject, Cause cause, LogBatch log) {
    return registry.apply(command, subject, 0, cause, locked, log);
  }

  Agent add(Agent agent, Instant now) {
    locked.add(agent, new AgentActivity(agent.id(), 0, now));
    return agent;
  }

  static RegisterAgent stated(String name, int slots, List<String> capabilities) {
    return new RegisterAgent(
        "documents",
        name,
        "https://agents.example/1",
        "2.3",
        capabilities,
        slots,
        60,
        new JsonObject("{\"region\":\"eu\"}"));
  }

  /** Puts an agent into a state the way Hibernate does: as it stands in its row. */
  static Agent restored(Agent agent, AgentStatus status, boolean enabled) {
    set(agent, "status", status);
    set(agent, "enabled", enabled);
    return agent;
  }

  private static void set(Agent agent, String column, Object value) {
    try {
      Field field = Agent.class.getDeclaredField(column);
      field.setAccessible(true);
      field.set(agent, value);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static <T> T absent(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              throw new UnsupportedOperationException("no database here: " + method.getName());
            }));
  }
}
