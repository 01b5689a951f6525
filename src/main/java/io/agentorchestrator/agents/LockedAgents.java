package io.agentorchestrator.agents;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The agents a transaction may change: those it has locked, and those it brings into being. Any
 * other agent is, for this transaction, not there. Not thread-safe.
 */
public final class LockedAgents {

  private final Map<UUID, Agent> agents = new HashMap<>();
  private final Map<UUID, AgentActivity> activities = new HashMap<>();
  private final List<Object> created = new ArrayList<>();

  /** The partition of the agents' commands each was heard on, or null if it was elsewhere. */
  private final Map<UUID, @Nullable Integer> heard = new LinkedHashMap<>();

  LockedAgents(List<Agent> locked, List<AgentActivity> activities) {
    locked.forEach(agent -> agents.put(agent.id(), agent));
    activities.forEach(activity -> this.activities.put(activity.agentId(), activity));
  }

  /** Finds an agent among those locked or created. */
  public Optional<Agent> find(UUID id) {
    return Optional.ofNullable(agents.get(id));
  }

  /**
   * Returns what moves of an agent that {@link #find} found.
   *
   * @throws IllegalStateException for any other id: the caller forgot to lock it
   */
  public AgentActivity activity(UUID id) {
    AgentActivity activity = activities.get(id);
    if (activity == null) {
      throw new IllegalStateException("agent " + id + " is not locked");
    }
    return activity;
  }

  /**
   * Finds the agent to give a task to: of those that are active, have a free slot and all that is
   * required, the least loaded relative to its slots, then the one with the better success rate,
   * then the longest idle.
   */
  public Optional<Agent> bestFor(Collection<String> required) {
    return agents.values().stream()
        .filter(agent -> agent.status() == AgentStatus.ACTIVE)
        .filter(agent -> activity(agent.id()).runningTasks() < agent.maxConcurrentTasks())
        .filter(agent -> agent.lacking(required).isEmpty())
        .min(
            Comparator.<Agent>comparingDouble(
                    agent ->
                        (double) activity(agent.id()).runningTasks() / agent.maxConcurrentTasks())
                .thenComparing(
                    agent -> activity(agent.id()).successRate(), Comparator.reverseOrder())
                .thenComparing(agent -> activity(agent.id()).idleSince())
                .thenComparing(Agent::id));
  }

  /** Notes that an agent was heard of. */
  void heardOf(UUID id, Instant now, @Nullable Integer partition) {
    activity(id).seen(now);
    if (partition != null) {
      heard.put(id, partition);
    } else {
      heard.putIfAbsent(id, null);
    }
  }

  Map<UUID, @Nullable Integer> heard() {
    return heard;
  }

  /**
   * Keeps for each agent whether it can be given a task.
   *
   * @return whether one can that could not before
   */
  public boolean settle() {
    boolean any = false;
    for (AgentActivity activity : activities.values()) {
      boolean before = activity.isAvailable();
      find(activity.agentId()).ifPresent(activity::settle);
      any |= !before && activity.isAvailable();
    }
    return any;
  }

  void add(Agent agent, AgentActivity activity) {
    agents.put(agent.id(), agent);
    activities.put(agent.id(), activity);
    created.add(agent);
    created.add(activity);
  }

  List<Object> created() {
    return created;
  }
}
