package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.rest.Reading;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class KeyRetentionIT {

  private static final Duration DAY = Duration.ofDays(1);

  /** More than one statement deletes. */
  private static final int MANY = 10_007;

  private final Reading reading = Reading.shared();
  private final JdbcClient jdbc = reading.worker().bean(JdbcClient.class);
  private final KeyRetention retention = reading.worker().bean(KeyRetention.class);
  private final Duration retained = reading.worker().bean(CommandProperties.class).dedupRetention();
  private final Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
  private final String source = "/retention/" + UUID.randomUUID();

  @Test
  void forgetsOldKeysOfAllKindsAndKeepsYoungOnes() {
    Instant old = now.minus(retained).minus(DAY);
    Instant young = now.minus(retained).plus(DAY);
    for (String table : List.of("command_keys", "command_key_reuses")) {
      addKeys(table, old, 3);
      addKeys(table, young, 2);
    }
    addDeadLetters(old, 3);
    addDeadLetters(young, 2);

    retention.forget();

    for (String table : List.of("command_keys", "command_key_reuses")) {
      assertThat(times(table, "source")).as(table).hasSize(2).containsOnly(young);
    }
    assertThat(times("dead_letter_keys", "topic")).hasSize(2).containsOnly(young);
  }

  @Test
  void forgetsMoreThanOneStatementDeletes() {
    addKeys("command_keys", now.minus(retained).minus(DAY), MANY);
    addKeys("command_keys", now, 1);

    retention.forget();

    assertThat(times("command_keys", "source")).hasSize(1);
  }

  private void addKeys(String table, Instant time, int count) {
    jdbc.sql(
            """
            INSERT INTO %s (id, source, digest, type, recorded_at)
            SELECT gen_random_uuid()::text, ?, '\\x00', 'task.create.v1', ?
            FROM generate_series(1, ?)
            """
                .formatted(table))
        .params(source, time.atOffset(ZoneOffset.UTC), count)
        .update();
  }

  private void addDeadLetters(Instant time, int count) {
    jdbc.sql(
            """
            INSERT INTO dead_letter_keys (topic, partition, record_offset, digest, recorded_at)
            SELECT ?, ?, n, '\\x00', ? FROM generate_series(1, ?) AS n
            """)
        .params(source, (int) time.getEpochSecond(), time.atOffset(ZoneOffset.UTC), count)
        .update();
  }

  private List<Instant> times(String table, String column) {
    return jdbc.sql("SELECT recorded_at FROM %s WHERE %s = ?".formatted(table, column))
        .param(source)
        .query((row, n) -> row.getObject(1, OffsetDateTime.class).toInstant())
        .list();
  }
}
