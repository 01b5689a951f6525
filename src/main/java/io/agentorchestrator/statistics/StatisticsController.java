package io.agentorchestrator.statistics;

import io.agentorchestrator.agents.AgentStatus;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.rest.MinPosition;
import io.agentorchestrator.rest.Operation;
import io.agentorchestrator.rest.QueryParameters;
import io.agentorchestrator.statistics.EntityCounts.Counts;
import io.agentorchestrator.tasks.TaskStatus;
import io.agentorchestrator.workflows.WorkflowStatus;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/v2/statistics}. However many ask, each worker counts once a second at most, and for
 * all of them; but for whoever names a position, for that may be newer.
 */
@RestController
class StatisticsController {

  private static final Operation READ =
      Operation.of(
          "getStatistics",
          "Counts agents, tasks and workflows by state; at most 10 s old.",
          Operation.Answer.of("The counts, all of one moment.", Statistics.class));
  private static final Duration KEPT = Duration.ofSeconds(1);

  /**
   * The statistics as REST shows them.
   *
   * @param asOf when it was so
   */
  record Statistics(Instant asOf, Agents agents, Tasks tasks, Workflows workflows) {

    private static Statistics of(Counts counts) {
      Map<String, Long> agents =
          byStatus(counts, EntityType.AGENT, AgentStatus.values(), AgentStatus::value);
      Map<String, Long> tasks =
          byStatus(counts, EntityType.TASK, TaskStatus.values(), TaskStatus::value);
      Map<String, Long> workflows =
          byStatus(counts, EntityType.WORKFLOW, WorkflowStatus.values(), WorkflowStatus::value);
      return new Statistics(
          counts.asOf(),
          new Agents(sum(agents), agents, counts.agentsByType(), counts.busyAgents()),
          new Tasks(sum(tasks), tasks),
          new Workflows(sum(workflows), workflows));
    }

    /** Names every state, in the order of their lives. */
    private static <S> Map<String, Long> byStatus(
        Counts counts, EntityType type, S[] states, Function<S, String> name) {
      Map<String, Long> counted = counts.byStatus(type);
      Map<String, Long> byStatus = LinkedHashMap.newLinkedHashMap(states.length);
      Arrays.stream(states)
          .map(name)
          .forEach(status -> byStatus.put(status, counted.getOrDefault(status, 0L)));
      return byStatus;
    }

    private static long sum(Map<String, Long> byStatus) {
      return byStatus.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  /**
   * The agents.
   *
   * @param total all that ever registered
   * @param byStatus every state
   * @param byType those types that there are
   * @param busy those with all slots taken
   */
  record Agents(
      @Schema(description = "All that ever registered.", minimum = "0") long total,
      @Schema(
              description = "Every state, also with 0.",
              implementation = AgentStatus.class,
              minimum = "0")
          Map<String, Long> byStatus,
      @Schema(description = "The types that there are.", minimum = "1") Map<String, Long> byType,
      @Schema(description = "Those with all slots taken.", minimum = "0") long busy) {}

  /**
   * The tasks.
   *
   * @param total all of them
   * @param byStatus every state
   */
  record Tasks(
      @Schema(minimum = "0") long total,
      @Schema(
              description = "Every state, also with 0.",
              implementation = TaskStatus.class,
              minimum = "0")
          Map<String, Long> byStatus) {}

  /**
   * The workflows.
   *
   * @param total all of them
   * @param byStatus every state
   */
  record Workflows(
      @Schema(minimum = "0") long total,
      @Schema(
              description = "Every state, also with 0.",
              implementation = WorkflowStatus.class,
              minimum = "0")
          Map<String, Long> byStatus) {}

  private final EntityCounts counts;
  private final Recent<Statistics> recent;

  StatisticsController(EntityCounts counts) {
    this.counts = counts;
    this.recent = new Recent<>(() -> Statistics.of(counts.read()), KEPT);
  }

  @GetMapping(path = "/api/v2/statistics", produces = MediaType.APPLICATION_JSON_VALUE)
  Statistics getStatistics(HttpServletRequest request) {
    QueryParameters.of(request, READ);
    return MinPosition.ofRequest().isPresent() ? Statistics.of(counts.read()) : recent.get();
  }
}
