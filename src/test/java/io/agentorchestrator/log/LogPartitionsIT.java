package io.agentorchestrator.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.rest.Reading;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class LogPartitionsIT {

  private static final String GAUGE = "orchestrator.log.partitions.ahead";

  private final Reading reading = Reading.shared();
  private final JdbcClient jdbc = reading.worker().bean(JdbcClient.class);
  private final YearMonth thisMonth = YearMonth.now(ZoneOffset.UTC);

  @Test
  void keepsAYearAhead() {
    assertThat(partitions()).containsAll(names(0, 12));
    assertThat(reading.worker().bean(MeterRegistry.class).get(GAUGE).gauge().value()).isEqualTo(12);
  }

  @Test
  void createsWhatIsMissing() {
    jdbc.sql("DROP TABLE " + name(7)).update();

    reading.worker().bean(LogPartitions.class).createAhead();

    assertThat(partitions()).containsAll(names(0, 12));
  }

  @Test
  void goesOnAsTimePasses() {
    MeterRegistry registry = new SimpleMeterRegistry();
    Instant later = thisMonth.plusMonths(2).atDay(1).atStartOfDay().toInstant(ZoneOffset.UTC);
    LogPartitions partitions = new LogPartitions(jdbc, () -> later, registry);
    assertThat(registry.get(GAUGE).gauge().value()).isNaN();

    partitions.createAhead();

    assertThat(partitions()).containsAll(names(0, 14));
    assertThat(registry.get(GAUGE).gauge().value()).isEqualTo(12);
  }

  @Test
  void saysNothingOfMonthsThatCannotBeMade() {
    MeterRegistry registry = new SimpleMeterRegistry();
    Instant tooLate = thisMonth.plusMonths(30).atDay(1).atStartOfDay().toInstant(ZoneOffset.UTC);
    LogPartitions partitions = new LogPartitions(jdbc, () -> tooLate, registry);

    partitions.createAhead(); // The database makes none over 800 days ahead.

    assertThat(registry.get(GAUGE).gauge().value()).isNaN();
  }

  private List<String> partitions() {
    return jdbc.sql(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
                + " WHERE inhparent = 'orchestration_log'::regclass")
        .query((row, n) -> row.getString(1))
        .list();
  }

  private List<String> names(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(this::name).toList();
  }

  private String name(int month) {
    return "orchestration_log_"
        + thisMonth.plusMonths(month).format(DateTimeFormatter.ofPattern("yyyy_MM"));
  }
}
