package io.agentorchestrator.agents;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The agents a transaction may change: those it has locked, and those it brings into being. Any
 * other agent is, for this transaction, not there. Not thread-safe.
 */
public final class LockedAgents {

  private final Map<UUID, Agent> agents = new HashMap<>();
  private final Map<UUID, AgentActivity> activities = new HashMap<>();
  private final List<Object> created = new ArrayList<>();

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
