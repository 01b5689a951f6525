package io.agentorchestrator.commands;

import io.agentorchestrator.log.LogProperties;
import io.agentorchestrator.sqlstate.Outages;
import io.agentorchestrator.sqlstate.SqlStates;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Forgets commands' keys past {@link CommandProperties#dedupRetention()}, a bounded number at a
 * time, so that no statement runs long. Every worker may: rows that one deletes, another skips. It
 * goes by the database's clock, as the keys do: a worker's that is wrong would forget them all.
 */
@Component
class KeyRetention {

  private static final Logger LOG = LoggerFactory.getLogger(KeyRetention.class);
  private static final int CHUNK = 10_000;

  /** Table names of our own, so they may stand in a statement. */
  private static final List<String> TABLES =
      List.of("command_keys", "command_key_reuses", "dead_letter_keys");

  private final JdbcClient jdbc;
  private final CommandProperties properties;
  private final MeterRegistry registry;

  /**
   * Refuses to forget what the log says of a command before its key: a command that was refused
   * would look as if it had been accepted.
   */
  KeyRetention(
      JdbcClient jdbc, CommandProperties properties, LogProperties log, MeterRegistry registry) {
    Duration kept = log.retention();
    if (kept != null && kept.compareTo(properties.dedupRetention()) < 0) {
      throw new IllegalArgumentException(
          "orchestrator.log.retention: Expected at least orchestrator.commands.dedup-retention, %s, but it is %s."
              .formatted(properties.dedupRetention(), kept));
    }
    this.jdbc = jdbc;
    this.properties = properties;
    this.registry = registry;
  }

  /** Forgets what is due. */
  @Scheduled(initialDelay = 5, fixedDelay = 15, timeUnit = TimeUnit.MINUTES)
  void forget() {
    try {
      for (String table : TABLES) {
        int deleted;
        do {
          deleted = deleteChunk(table);
        } while (deleted == CHUNK);
      }
    } catch (DataAccessException | TransactionException e) {
      SqlStates.count(e, registry);
      Outages.explain(LOG.atWarn(), e)
          .log("Old command keys cannot be deleted; tried again in 15 minutes");
    }
  }

  private int deleteChunk(String table) {
    return jdbc.sql(
            """
            DELETE FROM %1$s WHERE ctid = ANY(ARRAY(
              SELECT ctid FROM %1$s
              WHERE recorded_at < orchestrator_clock() - make_interval(secs => ?)
              LIMIT %2$d FOR UPDATE SKIP LOCKED))
            """
                .formatted(table, CHUNK))
        .param(properties.dedupRetention().toSeconds())
        .update();
  }
}
