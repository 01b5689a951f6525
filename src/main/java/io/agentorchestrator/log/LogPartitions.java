package io.agentorchestrator.log;

import io.agentorchestrator.sqlstate.Outages;
import io.agentorchestrator.sqlstate.SqlStates;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Keeps a year of monthly partitions of the log ahead, and drops those past {@link
 * LogProperties#retention()} where there is one. There is no default partition: an append without a
 * partition fails, and commands wait, rather than rows piling up where none can be dropped. So
 * {@code orchestrator_log_partitions_ahead} under 3 is to alert.
 */
@Component
class LogPartitions {

  private static final Logger LOG = LoggerFactory.getLogger(LogPartitions.class);
  private static final int MONTHS_AHEAD = 12;

  private static final String PARTITIONS =
      """
      SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
      WHERE inhparent = 'orchestration_log'::regclass AND NOT inhdetachpending""";

  private static final Pattern PARTITION = Pattern.compile("orchestration_log_(\\d{4})_(\\d{2})");

  private final JdbcClient jdbc;
  private final LogProperties properties;
  private final InstantSource clock;
  private final MeterRegistry registry;
  private volatile double ahead = Double.NaN;

  @Autowired
  LogPartitions(JdbcClient jdbc, LogProperties properties, MeterRegistry registry) {
    this(jdbc, properties, () -> databaseClock(jdbc), registry);
  }

  LogPartitions(
      JdbcClient jdbc, LogProperties properties, InstantSource clock, MeterRegistry registry) {
    this.jdbc = jdbc;
    this.properties = properties;
    this.clock = clock;
    this.registry = registry;
    Gauge.builder("orchestrator.log.partitions.ahead", this, partitions -> partitions.ahead)
        .description("Months after this one that the log has a partition for")
        .register(registry);
  }

  /** Creates what is missing; each worker may, and the database lets one at a time. */
  @Scheduled(initialDelay = 0, fixedDelay = 6, timeUnit = TimeUnit.HOURS)
  void createAhead() {
    @Nullable RuntimeException failure = null;
    try {
      create(thisMonth());
    } catch (DataAccessException | TransactionException e) {
      failure = e;
    }
    try {
      ahead = count(thisMonth());
    } catch (DataAccessException | TransactionException e) {
      // What was counted before still holds, for hours; without it, the alert is to fire.
      ahead = Double.isNaN(ahead) ? 0 : ahead;
      failure = failure == null ? e : failure;
    }
    if (failure != null) {
      SqlStates.count(failure, registry);
      Outages.explain(LOG.atError().addKeyValue("months_ahead", ahead), failure)
          .log("Partitions of the log cannot be created or counted; tried again in 6 hours");
    }
  }

  /**
   * Drops months past their retention, the oldest first. The database refuses what is younger, and
   * keeps what the relay may not have published: that takes one call more at least. It passes the
   * log's gate by itself.
   */
  @Scheduled(initialDelay = 5, fixedDelay = 360, timeUnit = TimeUnit.MINUTES)
  void dropOld() {
    Duration retention = properties.retention();
    if (retention == null) {
      return;
    }
    try {
      Instant now = clock.instant();
      for (YearMonth month : months()) {
        if (!end(month).plus(retention).isAfter(now) && drop(month, retention)) {
          LOG.atInfo().addKeyValue("month", month).log("Partition of the log dropped");
        }
      }
    } catch (DataAccessException | TransactionException e) {
      SqlStates.count(e, registry);
      Outages.explain(LOG.atWarn(), e)
          .log("Old partitions of the log cannot be dropped; tried again in 6 hours");
    }
  }

  private List<YearMonth> months() {
    return jdbc.sql(PARTITIONS).query(String.class).list().stream()
        .map(PARTITION::matcher)
        .filter(Matcher::matches)
        .map(name -> YearMonth.of(Integer.parseInt(name.group(1)), Integer.parseInt(name.group(2))))
        .sorted()
        .toList();
  }

  private static Instant end(YearMonth month) {
    return month.plusMonths(1).atDay(1).atStartOfDay().toInstant(ZoneOffset.UTC);
  }

  private boolean drop(YearMonth month, Duration retention) {
    return jdbc.sql("SELECT drop_orchestration_log_partition(?, make_interval(secs => ?))")
        .params(month.atDay(1), retention.toSeconds())
        .query(Boolean.class)
        .single();
  }

  private YearMonth thisMonth() {
    return YearMonth.from(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
  }

  /** The one that entries are dated by. */
  private static Instant databaseClock(JdbcClient jdbc) {
    return jdbc.sql("SELECT orchestrator_clock()")
        .query((row, n) -> row.getObject(1, OffsetDateTime.class))
        .single()
        .toInstant();
  }

  private void create(YearMonth thisMonth) {
    for (int month = 0; month <= MONTHS_AHEAD; month++) {
      boolean created =
          jdbc.sql("SELECT create_orchestration_log_partition(?)")
              .param(thisMonth.plusMonths(month).atDay(1))
              .query(Boolean.class)
              .single();
      if (created) {
        LOG.atInfo().addKeyValue("month", month).log("Partition of the log created");
      }
    }
  }

  /** Counts up to the first month that is missing, whoever created the others. */
  private int count(YearMonth thisMonth) {
    Set<String> partitions = Set.copyOf(jdbc.sql(PARTITIONS).query(String.class).list());
    int months = 0;
    while (partitions.contains(partition(thisMonth.plusMonths(months)))) {
      months++;
    }
    return Math.max(0, months - 1);
  }

  private static String partition(YearMonth month) {
    return "orchestration_log_%04d_%02d".formatted(month.getYear(), month.getMonthValue());
  }
}
