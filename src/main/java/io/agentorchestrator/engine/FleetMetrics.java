package io.agentorchestrator.engine;

import io.agentorchestrator.agents.AgentStatus;
import io.agentorchestrator.database.Outages;
import io.agentorchestrator.tasks.TaskStatus;
import io.agentorchestrator.workflows.WorkflowStatus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * How many agents, open tasks and open workflows there are, by status. Every worker counts all of
 * them, four times a minute: to be read as the maximum of the workers, not as their sum. What is
 * not known is NaN. Those that have ended are not counted again and again: there may be millions.
 */
@Component
class FleetMetrics {

  private static final Logger LOG = LoggerFactory.getLogger(FleetMetrics.class);

  private static final String COUNTS =
      """
      SELECT 'agents', status, count(*) FROM agents GROUP BY status
      UNION ALL
      SELECT 'tasks', status, count(*) FROM tasks
      WHERE status IN ('submitted', 'assigned', 'working', 'input_required') GROUP BY status
      UNION ALL
      SELECT 'workflows', status, count(*) FROM workflows
      WHERE status IN ('pending', 'running', 'paused') GROUP BY status
      """;

  /** How many of a kind are in a status. */
  private record Group(String kind, String status) {}

  private final JdbcClient jdbc;
  private final TransactionTemplate reading;
  private volatile boolean failing;

  /** Null before the first count, and after one that failed. */
  private volatile @Nullable Map<Group, Double> counts;

  FleetMetrics(JdbcClient jdbc, PlatformTransactionManager transactions, MeterRegistry registry) {
    this.jdbc = jdbc;
    this.reading = new TransactionTemplate(transactions);
    reading.setReadOnly(true);
    gauges(registry, "agents", "Agents by status", AgentStatus.values(), each -> true);
    gauges(registry, "tasks", "Open tasks by status", TaskStatus.values(), each -> !each.isFinal());
    gauges(
        registry,
        "workflows",
        "Open workflows by status",
        WorkflowStatus.values(),
        each -> !each.isFinal());
  }

  private <S extends Enum<S>> void gauges(
      MeterRegistry registry, String kind, String what, S[] statuses, Predicate<S> counted) {
    Arrays.stream(statuses)
        .filter(counted)
        .map(each -> each.name().toLowerCase(Locale.ROOT))
        .forEach(
            status ->
                Gauge.builder("orchestrator." + kind, this, own -> own.of(new Group(kind, status)))
                    .description(what)
                    .tag("status", status)
                    .register(registry));
  }

  private double of(Group group) {
    Map<Group, Double> counted = counts;
    return counted == null ? Double.NaN : counted.getOrDefault(group, 0.0);
  }

  /** Counts all. */
  @Scheduled(initialDelay = 1, fixedDelay = 15, timeUnit = TimeUnit.SECONDS)
  void count() {
    try {
      counts = reading.execute(status -> read());
      failing = false;
    } catch (DataAccessException | TransactionException e) {
      counts = null;
      if (!failing) {
        failing = true;
        Outages.explain(LOG.atWarn(), e).log("The fleet cannot be counted");
      }
    }
  }

  private Map<Group, Double> read() {
    Map<Group, Double> read = new HashMap<>();
    jdbc.sql(COUNTS)
        .query(
            row -> {
              read.put(new Group(row.getString(1), row.getString(2)), row.getDouble(3));
            });
    return read;
  }
}
