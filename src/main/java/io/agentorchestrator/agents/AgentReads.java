package io.agentorchestrator.agents;

import io.agentorchestrator.rest.Page;
import io.agentorchestrator.rest.PageQuery;
import io.agentorchestrator.rest.Pages;
import io.agentorchestrator.rest.Snapshot;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Reads agents as REST shows them: what the log tells of each, and what is derived. */
@Component
@Snapshot
public class AgentReads {

  /** What is shown of an agent besides what its log tells of. */
  @Schema(
      name = "Agent",
      allOf = Agent.class,
      description = "An agent; running_tasks and what follows are derived and not in the log.")
  record Derived(
      @Schema(minimum = "0") int runningTasks,
      @Schema(description = "Whether all slots are taken.") boolean busy,
      Instant lastSeen,
      AgentActivity.Performance performance) {

    static Derived of(Agent agent, AgentActivity activity) {
      int running = activity.runningTasks();
      return new Derived(
          running,
          running >= agent.maxConcurrentTasks(),
          activity.lastSeen(),
          activity.performance());
    }
  }

  /** Their names. */
  static final Set<String> DERIVED = Set.of("running_tasks", "busy", "last_seen", "performance");

  private final AgentRepository repository;
  private final OpenTasks openTasks;
  private final Pages pages;

  AgentReads(AgentRepository repository, OpenTasks openTasks, Pages pages) {
    this.repository = repository;
    this.openTasks = openTasks;
    this.pages = pages;
  }

  /** Finds an agent. */
  public Optional<SequencedMap<String, @Nullable Object>> find(UUID id) {
    return repository.findById(id).map(agent -> shown(List.of(agent)).getFirst());
  }

  /** Finds an agent, with the tasks it holds if asked for. */
  Optional<SequencedMap<String, @Nullable Object>> find(UUID id, boolean withTasks) {
    Optional<SequencedMap<String, @Nullable Object>> found = find(id);
    if (withTasks) {
      found.ifPresent(agent -> agent.put("tasks", openTasks.of(id)));
    }
    return found;
  }

  Page<SequencedMap<String, @Nullable Object>> list(PageQuery<Agent> query) {
    return pages.read(repository, Agent.class, Agent::size, query).map(this::shown);
  }

  private List<SequencedMap<String, @Nullable Object>> shown(Collection<Agent> agents) {
    Map<UUID, AgentActivity> activities =
        agents.isEmpty()
            ? Map.of()
            : repository.activities(agents.stream().map(Agent::id).toArray(UUID[]::new)).stream()
                .collect(Collectors.toMap(AgentActivity::agentId, Function.identity()));
    return agents.stream()
        .map(agent -> shown(agent, Objects.requireNonNull(activities.get(agent.id()))))
        .toList();
  }

  private static SequencedMap<String, @Nullable Object> shown(Agent agent, AgentActivity activity) {
    SequencedMap<String, @Nullable Object> shown = agent.representation();
    Derived derived = Derived.of(agent, activity);
    shown.put("running_tasks", derived.runningTasks());
    shown.put("busy", derived.busy());
    shown.put("last_seen", derived.lastSeen());
    shown.put("performance", derived.performance());
    return shown;
  }
}
