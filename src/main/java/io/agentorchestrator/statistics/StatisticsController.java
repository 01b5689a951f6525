package io.agentorchestrator.statistics;

import io.agentorchestrator.agents.AgentStatus;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.rest.AllowedParameters;
import io.agentorchestrator.rest.MinPosition;
import io.agentorchestrator.rest.QueryParameters;
import io.agentorchestrator.statistics.EntityCounts.Counts;
import io.agentorchestrator.tasks.TaskStatus;
import io.agentorchestrator.workflows.WorkflowStatus;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/v2/statistics}. However many ask, each worker counts once a second at most; but for
 * whoever names a position, for that may be newer.
 */
@RestController
class StatisticsController {

  private static final AllowedParameters PARAMETERS = AllowedParameters.of();
  private static final long KEPT_NANOS = Duration.ofSeconds(1).toNanos();

  /**
   * The statistics as REST shows them.
   *
   * @param asOf when it was so
   */
  record Statistics(Instant asOf, Agents agents, Group tasks, Group workflows) {

    private static Statistics of(Counts counts) {
      Group agents = group(counts, EntityType.AGENT, AgentStatus.values(), AgentStatus::value);
      return new Statistics(
          counts.asOf(),
          new Agents(agents.total(), agents.byStatus(), counts.agentsByType(), counts.busyAgents()),
          group(counts, EntityType.TASK, TaskStatus.values(), TaskStatus::value),
          group(counts, EntityType.WORKFLOW, WorkflowStatus.values(), WorkflowStatus::value));
    }

    /** Names every state, in the order of their lives. */
    private static <S> Group group(
        Counts counts, EntityType type, S[] states, Function<S, String> name) {
      Map<String, Long> counted = counts.byStatus(type);
      Map<String, Long> byStatus = LinkedHashMap.newLinkedHashMap(states.length);
      Arrays.stream(states)
          .map(name)
          .forEach(status -> byStatus.put(status, counted.getOrDefault(status, 0L)));
      return new Group(byStatus.values().stream().mapToLong(Long::longValue).sum(), byStatus);
    }
  }

  /**
   * The agents.
   *
   * @param total all that ever registered
   * @param byType those types that there are
   * @param busy those with all slots taken
   */
  record Agents(long total, Map<String, Long> byStatus, Map<String, Long> byType, long busy) {}

  /** The tasks, or the workflows. */
  record Group(long total, Map<String, Long> byStatus) {}

  private record Kept(Statistics statistics, long nanos) {}

  private final EntityCounts counts;
  private @Nullable Kept kept;

  StatisticsController(EntityCounts counts) {
    this.counts = counts;
  }

  @GetMapping(path = "/api/v2/statistics", produces = MediaType.APPLICATION_JSON_VALUE)
  Statistics read(HttpServletRequest request) {
    QueryParameters.of(request, PARAMETERS);
    return MinPosition.ofRequest().isPresent() ? Statistics.of(counts.read()) : recent();
  }

  private synchronized Statistics recent() {
    long now = System.nanoTime();
    if (kept == null || now - kept.nanos() > KEPT_NANOS) {
      kept = new Kept(Statistics.of(counts.read()), now);
    }
    return kept.statistics();
  }
}
