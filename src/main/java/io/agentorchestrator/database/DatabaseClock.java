package io.agentorchestrator.database;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Objects;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The clock by which everything happens and runs out: the database's, one for all workers, so that
 * a worker whose clock is wrong, or jumps, changes nothing. Tests move it by replacing the function
 * behind it.
 */
@Component
public class DatabaseClock {

  private final JdbcClient jdbc;

  DatabaseClock(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Returns the time, to the microsecond; within a transaction it goes on. */
  public Instant now() {
    return Objects.requireNonNull(
            jdbc.sql("SELECT orchestrator_clock()").query(OffsetDateTime.class).single())
        .toInstant();
  }
}
