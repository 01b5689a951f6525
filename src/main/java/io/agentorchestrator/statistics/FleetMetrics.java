package io.agentorchestrator.statistics;

import io.agentorchestrator.agents.AgentStatus;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.sqlstate.Outages;
import io.agentorchestrator.sqlstate.SqlStates;
import io.agentorchestrator.statistics.EntityCounts.Counts;
import io.agentorchestrator.tasks.TaskStatus;
import io.agentorchestrator.workflows.WorkflowStatus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * How many agents, open tasks and open workflows there are, by status. Every worker reads the
 * counts of all of them, four times a minute: to be read as the maximum of the workers, not as
 * their sum. What is not known is NaN.
 */
@Component
class FleetMetrics {

  private static final Logger LOG = LoggerFactory.getLogger(FleetMetrics.class);

  private final EntityCounts entityCounts;
  private final MeterRegistry registry;
  private volatile boolean failing;

  /** Null before the first count, and after one that failed. */
  private volatile @Nullable Counts counts;

  FleetMetrics(EntityCounts entityCounts, MeterRegistry registry) {
    this.entityCounts = entityCounts;
    this.registry = registry;
    gauges(registry, EntityType.AGENT, "Agents by status", AgentStatus.values(), each -> true);
    gauges(
        registry,
        EntityType.TASK,
        "Open tasks by status",
        TaskStatus.values(),
        each -> !each.isFinal());
    gauges(
        registry,
        EntityType.WORKFLOW,
        "Open workflows by status",
        WorkflowStatus.values(),
        each -> !each.isFinal());
  }

  private <S extends Enum<S>> void gauges(
      MeterRegistry registry, EntityType type, String what, S[] statuses, Predicate<S> counted) {
    Arrays.stream(statuses)
        .filter(counted)
        .map(each -> each.name().toLowerCase(Locale.ROOT))
        .forEach(
            status ->
                Gauge.builder(
                        "orchestrator.%ss".formatted(type.value()),
                        this,
                        own -> own.of(type, status))
                    .description(what)
                    .tag("status", status)
                    .register(registry));
  }

  private double of(EntityType type, String status) {
    Counts counted = counts;
    return counted == null ? Double.NaN : counted.byStatus(type).getOrDefault(status, 0L);
  }

  /** Counts all. */
  @Scheduled(initialDelay = 1, fixedDelay = 15, timeUnit = TimeUnit.SECONDS)
  void count() {
    try {
      counts = entityCounts.read();
      failing = false;
    } catch (DataAccessException | TransactionException e) {
      counts = null;
      SqlStates.count(e, registry);
      if (!failing) {
        failing = true;
        Outages.explain(LOG.atWarn(), e).log("The fleet cannot be counted");
      }
    }
  }
}
