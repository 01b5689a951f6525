package io.agentorchestrator.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

class LogPartitionsIT {

  private final YearMonth thisMonth =
      YearMonth.from(LocalDate.ofInstant(Instant.now(), ZoneOffset.UTC));
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  private RelayFixture fixture;

  @BeforeEach
  void prepare() {
    fixture = new RelayFixture();
  }

  @AfterEach
  void tidy() throws SQLException {
    fixture.close();
  }

  @Test
  void createsWhatIsMissing() throws SQLException {
    // Given
    fixture.execute("DROP TABLE " + partition(5));

    // When
    partitions(thisMonth).createAhead();

    // Then
    assertThat(monthsAhead()).isEqualTo(12);
  }

  @Test
  void countsWhatIsThereWhereItMustNotCreate() throws SQLException {
    // Given
    fixture.execute("DROP FUNCTION create_orchestration_log_partition");

    // When
    partitions(thisMonth.plusMonths(10)).createAhead();

    // Then
    assertThat(monthsAhead()).isEqualTo(2);
  }

  @Test
  void countsUpToTheFirstThatIsMissing() throws SQLException {
    // Given
    fixture.execute("DROP FUNCTION create_orchestration_log_partition");
    fixture.execute("DROP TABLE " + partition(5));

    // When
    partitions(thisMonth).createAhead();

    // Then
    assertThat(monthsAhead()).isEqualTo(4);
  }

  @Test
  void countsNoneWhereItCannotLook() {
    // When
    new LogPartitions(
            JdbcClient.create(new DriverManagerDataSource("jdbc:postgresql://127.0.0.1:1/none")),
            Instant::now,
            meters)
        .createAhead();

    // Then
    assertThat(monthsAhead()).isZero();
  }

  private LogPartitions partitions(YearMonth month) {
    Instant now = month.atDay(15).atStartOfDay().toInstant(ZoneOffset.UTC);
    return new LogPartitions(
        JdbcClient.create(new DriverManagerDataSource(fixture.url())), () -> now, meters);
  }

  private String partition(int month) {
    YearMonth then = thisMonth.plusMonths(month);
    return "orchestration_log_%04d_%02d".formatted(then.getYear(), then.getMonthValue());
  }

  private double monthsAhead() {
    return meters.get("orchestrator.log.partitions.ahead").gauge().value();
  }
}
