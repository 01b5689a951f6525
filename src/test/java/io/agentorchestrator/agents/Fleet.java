package io.agentorchestrator.agents;

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

/** Agents as a transaction would have locked them, without a database. */
public final class Fleet {

  private final LockedAgents locked = new LockedAgents(List.of(), List.of());
  private final AgentRegistry registry =
      new AgentRegistry(absent(AgentRepository.class), absent(EntityManager.class));

  /** Returns the agents. */
  public LockedAgents locked() {
    return locked;
  }

  /** Returns what applies commands; it fails where it needs the database. */
  public AgentRegistry registry() {
    return registry;
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
    return registry.apply(command, subject, cause, locked, log);
  }

  Agent add(Agent agent, Instant now) {
    locked.add(agent, new AgentActivity(agent.id(), now));
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
