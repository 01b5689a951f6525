package io.agentorchestrator.statistics;

import io.agentorchestrator.sqlstate.Outages;
import io.agentorchestrator.sqlstate.SqlStates;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Folds the changes that triggers noted into the counts, so that those not folded stay few. Every
 * worker may, and the database lets one at a time. Counts are right without it, and slower to read.
 */
@Component
class CountFolding {

  private static final Logger LOG = LoggerFactory.getLogger(CountFolding.class);

  private final JdbcClient jdbc;
  private final MeterRegistry registry;
  private volatile boolean failing;

  CountFolding(JdbcClient jdbc, MeterRegistry registry) {
    this.jdbc = jdbc;
    this.registry = registry;
  }

  /** Folds what there is. */
  @Scheduled(initialDelay = 1, fixedDelay = 1, timeUnit = TimeUnit.SECONDS)
  void fold() {
    try {
      jdbc.sql("SELECT fold_entity_counts()").query(Long.class).single();
      failing = false;
    } catch (DataAccessException | TransactionException e) {
      SqlStates.count(e, registry);
      if (!failing) {
        failing = true;
        Outages.explain(LOG.atWarn(), e).log("Counts cannot be folded; tried again every second");
      }
    }
  }
}
