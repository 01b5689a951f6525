package io.agentorchestrator.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

class LogPartitionsIT {

  private static final Duration MONTH = Duration.ofDays(30);
  private static final Duration LONG = Duration.ofDays(400);

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
            new LogProperties(null),
            Instant::now,
            meters)
        .createAhead();

    // Then
    assertThat(monthsAhead()).isZero();
  }

  @Test
  void dropsAMonthOnceTheSlotHasConfirmedAllOfIt() throws SQLException {
    // Given
    write(-1);
    LogPartitions partitions = later(MONTH);

    // When
    partitions.dropOld();
    partitions.dropOld();

    // Then
    assertThat(isThere(-1)).as("noted only, for the slot is behind").isTrue();

    // When
    advanceSlot();
    partitions.dropOld();

    // Then
    assertThat(isThere(-1)).isFalse();
    assertThat(fixture.query("SELECT to_regclass('%s')".formatted(partition(-1)))).isNull();
    assertThat(
            fixture.query(
                "SELECT count(*) FROM closed_log_months WHERE partition = '%s'"
                    .formatted(partition(-1))))
        .isEqualTo("0");
    assertThat(isThere(3)).as("a month that is not over for long").isTrue();
  }

  @Test
  void keepsWhatIsYoungerThanTheRetention() throws SQLException {
    // Given
    LogPartitions partitions = later(LONG);

    // When
    partitions.dropOld();
    advanceSlot();
    partitions.dropOld();

    // Then
    assertThat(isThere(-1)).isTrue();
    assertThat(fixture.query("SELECT count(*) FROM closed_log_months")).isEqualTo("0");
    for (String arguments :
        List.of(
            "'%s', interval '400 days'".formatted(day(-1)),
            "'%s', interval '29 days'".formatted(day(-1)),
            "'%s', interval '30 days'".formatted(day(5)),
            "'%s', NULL".formatted(day(-1)),
            "NULL, interval '400 days'")) {
      assertThatThrownBy(
              () ->
                  fixture.execute(
                      "SELECT drop_orchestration_log_partition(%s)".formatted(arguments)))
          .as(arguments)
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22023"));
    }
  }

  @Test
  void keepsAllWhereNoRetentionIsSet() throws SQLException {
    // Given
    LogPartitions partitions = later(null);

    // When
    partitions.dropOld();
    advanceSlot();
    partitions.dropOld();

    // Then
    assertThat(isThere(-1)).isTrue();
  }

  @Test
  void keepsAMonthThatWasWrittenToSince() throws SQLException {
    // Given
    LogPartitions partitions = later(MONTH);
    partitions.dropOld();
    write(-1);
    advanceSlot();

    // When
    partitions.dropOld();
    partitions.dropOld();

    // Then
    assertThat(isThere(-1)).as("noted anew, for the slot is behind").isTrue();

    // When
    advanceSlot();
    partitions.dropOld();

    // Then
    assertThat(isThere(-1)).isFalse();
  }

  @Test
  void keepsAllWhereThereIsNoSlot() throws SQLException {
    // Given
    LogPartitions partitions = later(MONTH);
    partitions.dropOld();
    fixture.dropSlot();
    // That of somebody else, who listens to the same database and is past everything.
    String other = fixture.name + "_other";
    fixture.execute("SELECT pg_create_logical_replication_slot('%s', 'pgoutput')".formatted(other));

    // When
    partitions.dropOld();
    fixture.execute("SELECT pg_drop_replication_slot('%s')".formatted(other));

    // Then
    assertThat(isThere(-1)).isTrue();
  }

  @Test
  void keepsAllWhereTheRelayHasNotConfirmedWhatTheServerHolds() throws SQLException {
    // Given
    LogPartitions partitions = later(MONTH);
    partitions.dropOld();
    advanceSlot();
    fixture.execute("DELETE FROM relay_confirmation");

    // When
    partitions.dropOld();

    // Then
    assertThat(isThere(-1)).isTrue();
  }

  @Test
  void notesAnewWhatWasNotedOnAnotherServer() throws SQLException {
    // Given
    LogPartitions partitions = later(MONTH);
    partitions.dropOld();
    fixture.execute("UPDATE closed_log_months SET wal_position = 'FFFFFF/0'");

    // When
    partitions.dropOld();
    advanceSlot();
    partitions.dropOld();

    // Then
    assertThat(isThere(-1)).isFalse();
  }

  @Test
  void doesNotKeepTheLogWaitingWhileSomebodyReadsIt() throws SQLException {
    // Given
    LogPartitions partitions = later(MONTH);
    partitions.dropOld();
    advanceSlot();
    try (Connection reader = fixture.connect();
        Statement reads = reader.createStatement()) {
      reader.setAutoCommit(false);
      reads.execute("SELECT count(*) FROM orchestration_log");

      // When
      partitions.dropOld();

      // Then
      assertThat(isThere(-1)).isTrue();
    }
    partitions.dropOld();
    assertThat(isThere(-1)).isFalse();
  }

  /** A hundred days from now, by the database's clock and so by everybody's. */
  private LogPartitions later(@Nullable Duration retention) throws SQLException {
    fixture.execute(
        "CREATE OR REPLACE FUNCTION orchestrator_clock() RETURNS timestamptz LANGUAGE sql VOLATILE"
            + " AS $$ SELECT clock_timestamp() + interval '100 days' $$");
    fixture.execute(
        "INSERT INTO relay_confirmation VALUES ('%s', pg_postmaster_start_time(), now())"
            .formatted(fixture.name));
    return new LogPartitions(
        JdbcClient.create(new DriverManagerDataSource(fixture.url())),
        new LogProperties(retention),
        () -> Instant.now().plus(Duration.ofDays(100)),
        meters);
  }

  private void write(int month) throws SQLException {
    fixture.execute(
        """
        INSERT INTO orchestration_log (id, position, recorded_at, type, operation, status, message,
            command_source, command_id, actor, changes, details)
        VALUES (gen_random_uuid(), nextval('orchestration_log_position'), '%sT12:00:00Z',
            'command.rejected.v1', 'task.create', 'failure', 'No.', '/tests', '1', 'alice',
            '{}', '{}')
        """
            .formatted(day(month)));
  }

  private void advanceSlot() throws SQLException {
    fixture.execute(
        "SELECT pg_replication_slot_advance('%s', pg_current_wal_insert_lsn())"
            .formatted(fixture.name));
  }

  private boolean isThere(int month) throws SQLException {
    return "t"
        .equals(
            fixture.query(
                "SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass('%s'))"
                    .formatted(partition(month))));
  }

  private LocalDate day(int month) {
    return thisMonth.plusMonths(month).atDay(15);
  }

  private LogPartitions partitions(YearMonth month) {
    Instant now = month.atDay(15).atStartOfDay().toInstant(ZoneOffset.UTC);
    return new LogPartitions(
        JdbcClient.create(new DriverManagerDataSource(fixture.url())),
        new LogProperties(null),
        () -> now,
        meters);
  }

  private String partition(int month) {
    YearMonth then = thisMonth.plusMonths(month);
    return "orchestration_log_%04d_%02d".formatted(then.getYear(), then.getMonthValue());
  }

  private double monthsAhead() {
    return meters.get("orchestrator.log.partitions.ahead").gauge().value();
  }
}
