package io.agentorchestrator.commands;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.SortedMap;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The table of up to when each partition of the agents' commands has been heard, by the database's
 * clock. Whoever lets leases run out relies on it: a moment too late there costs agents their
 * tasks, a missing one only time.
 */
@Component
class HeardPartitions {

  /**
   * Between marks further apart nobody heard, and leases count from the second one. It is less than
   * the shortest lease, 10 s, without the third of it after which agents usually say something.
   */
  static final Duration GAP = Duration.ofSeconds(5);

  /** Who waits for a mark keeps commands waiting. */
  private static final int TIMEOUT_SECONDS = 2;

  /**
   * A mark ahead of the clock is none: the clock was put back since, and until it is there again
   * would seem heard what nobody heard. It is the only one that goes back.
   */
  private static final String RECORD =
      """
      WITH clock AS MATERIALIZED (SELECT orchestrator_clock() AS now)
      INSERT INTO heard_partitions AS known (topic, partition, heard_until, counting_since)
      SELECT ?, mark.partition, mark.heard_until, clock.now
      FROM clock, unnest(?::integer[], ?::timestamptz[]) AS mark (partition, heard_until)
      ORDER BY mark.partition
      ON CONFLICT (topic, partition) DO UPDATE
      SET heard_until = EXCLUDED.heard_until,
          counting_since = CASE
            WHEN EXCLUDED.heard_until
              BETWEEN known.heard_until AND known.heard_until + ? * interval '1 millisecond'
            THEN known.counting_since
            ELSE EXCLUDED.counting_since
          END
      WHERE EXCLUDED.heard_until > known.heard_until
         OR known.heard_until > orchestrator_clock()
      """;

  private final JdbcClient jdbc;

  HeardPartitions(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** What the database's clock says. */
  Instant clock() {
    return jdbc.sql("SELECT orchestrator_clock()")
        .withQueryTimeout(TIMEOUT_SECONDS)
        .query((row, n) -> row.getObject(1, OffsetDateTime.class))
        .single()
        .toInstant();
  }

  /**
   * Records that partitions were heard up to these moments, in one statement. A moment before the
   * one recorded changes nothing. One more than {@link #GAP} after it, or the first of a partition,
   * has leases count from now.
   *
   * @param heardUntil by partition
   */
  void record(String topic, SortedMap<Integer, Instant> heardUntil) {
    jdbc.sql(RECORD)
        .withQueryTimeout(TIMEOUT_SECONDS)
        .params(
            topic,
            heardUntil.keySet().toArray(Integer[]::new),
            heardUntil.values().stream()
                .map(moment -> moment.truncatedTo(ChronoUnit.MICROS).toString())
                .toArray(String[]::new),
            GAP.toMillis())
        .update();
  }
}
