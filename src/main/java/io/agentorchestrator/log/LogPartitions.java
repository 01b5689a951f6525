package io.agentorchestrator.log;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Keeps a year of monthly partitions of the log ahead. There is no default partition: an append
 * without a partition fails, and commands wait, rather than rows piling up where none can be
 * dropped. So {@code orchestrator_log_partitions_ahead} under 3 is to alert.
 */
@Component
class LogPartitions {

  private static final Logger LOG = LoggerFactory.getLogger(LogPartitions.class);
  private static final int MONTHS_AHEAD = 12;

  private final JdbcClient jdbc;
  private final InstantSource clock;
  private volatile double ahead = Double.NaN;

  LogPartitions(JdbcClient jdbc, InstantSource clock, MeterRegistry registry) {
    this.jdbc = jdbc;
    this.clock = clock;
    Gauge.builder("orchestrator.log.partitions.ahead", this, partitions -> partitions.ahead)
        .description("Months after this one that the log has a partition for")
        .register(registry);
  }

  /** Creates what is missing; each worker may, and the database lets one at a time. */
  @Scheduled(initialDelay = 0, fixedDelay = 6, timeUnit = TimeUnit.HOURS)
  void createAhead() {
    LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    try {
      for (int month = 0; month <= MONTHS_AHEAD; month++) {
        boolean created =
            jdbc.sql("SELECT create_orchestration_log_partition(?)")
                .param(YearMonth.from(today).plusMonths(month).atDay(1))
                .query(Boolean.class)
                .single();
        if (created) {
          LOG.atInfo().addKeyValue("month", month).log("Partition of the log created");
        }
        ahead = month;
      }
    } catch (DataAccessException | TransactionException e) {
      LOG.atError()
          .addKeyValue("months_ahead", ahead)
          .setCause(e)
          .log("Partitions of the log cannot be created; tried again in 6 hours");
    }
  }
}
