package io.agentorchestrator.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every end a PostgreSQL can come to, and its start thereafter. */
@Tag("faults")
class PostgresProcessIT {

  private static final Duration WAIT = Duration.ofMinutes(3);
  private static final String SLOT = "logical";

  @TempDir Path folder;

  @Test
  void keepsItsDataAndPortWhicheverWayItEnds() throws Exception {
    try (PostgresProcess postgres =
        PostgresProcess.start(folder, Map.of("lock_timeout", "7s", "work_mem", "5MB"))) {
      assertThat(query(postgres, "SHOW lock_timeout")).isEqualTo("7s");
      execute(postgres, "CREATE TABLE kept AS SELECT 0 AS value");
      int port = postgres.address().port();
      int value = 0;
      for (Runnable end :
          new Runnable[] {
            postgres::stopFast, postgres::stopImmediate, postgres::killPostmaster, postgres::crash
          }) {
        try (Connection left = connect(postgres)) {
          assertThat(left.isValid(5)).isTrue();
          end.run();
          assertThat(left.isValid(5)).isFalse();
        }
        assertThat(postgres.isAlive()).isFalse();
        // A socket that somebody was about to close may still have taken the first one.
        await()
            .atMost(WAIT)
            .untilAsserted(
                () ->
                    assertThatThrownBy(() -> connect(postgres).close())
                        .hasMessageContaining("refused"));
        postgres.start();
        value++;
        assertThat(query(postgres, "UPDATE kept SET value = value + 1 RETURNING value"))
            .isEqualTo(Integer.toString(value));
        assertThat(postgres.address().port()).isEqualTo(port);
      }
      postgres.stopFast();
      postgres.start(Map.of("max_slot_wal_keep_size", "16MB"));
      assertThat(query(postgres, "SHOW max_slot_wal_keep_size")).isEqualTo("16MB");
      assertThat(query(postgres, "SHOW work_mem")).isEqualTo("5MB");
    }
  }

  @Test
  void saysNothingWhileItIsFrozenAndGoesOnAfterwards() throws Exception {
    try (PostgresProcess postgres = PostgresProcess.start(folder, Map.of())) {
      Connection waiting = connect(postgres, "socketTimeout", "1");
      Connection patient = connect(postgres);
      postgres.freeze();
      assertThatThrownBy(() -> query(waiting, "SELECT 1"))
          .isInstanceOf(SQLException.class)
          .hasRootCauseInstanceOf(java.net.SocketTimeoutException.class);
      postgres.thaw();
      assertThat(query(patient, "SELECT 1")).isEqualTo("1");
      patient.close();
      postgres.freeze();
    }
    assertThat(folder.resolve("data/postmaster.pid")).doesNotExist();
  }

  @Test
  void endsSessionsByTheirNameAndReplicationByItsSlot() throws Exception {
    try (PostgresProcess postgres = PostgresProcess.start(folder, Map.of());
        Connection meant = connect(postgres, "ApplicationName", "meant");
        Connection other = connect(postgres, "ApplicationName", "other")) {
      assertThat(postgres.terminateSessions("meant")).isEqualTo(1);
      assertThat(meant.isValid(5)).isFalse();
      assertThat(other.isValid(5)).isTrue();

      query(postgres, "SELECT pg_create_physical_replication_slot('slot')");
      assertThat(postgres.terminateWalsender("slot")).isFalse();
      assertThat(postgres.terminateWalsender("none")).isFalse();
    }
  }

  @Test
  void runsOutOfDiskAndRecoversWhenThereIsRoomAgain() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(folder, 200);
        PostgresProcess postgres =
            PostgresProcess.start(
                Files.createDirectory(folder.resolve("postgres")),
                Map.of("max_wal_size", "64MB", "autovacuum", "off"))) {
      execute(postgres, "CREATE TABLE filled AS SELECT 1 AS value, repeat('x', 1000) AS text");
      disk.fill(1 << 20);
      assertThat(disk.free()).isLessThanOrEqualTo(1 << 20);

      assertThatThrownBy(
              () ->
                  execute(
                      postgres,
                      "INSERT INTO filled SELECT 2, repeat('x', 1000) FROM generate_series(1, 50000)"))
          .isInstanceOfSatisfying(
              SQLException.class,
              // Of its data, or of the WAL, which ends the server.
              e -> assertThat(e.getSQLState()).isIn("53100", "57P02", "08006"));

      disk.relieve();
      if (!postgres.isAlive()) {
        postgres.start();
      }
      await()
          .atMost(WAIT)
          .ignoreExceptionsInstanceOf(SQLException.class)
          .untilAsserted(() -> execute(postgres, "INSERT INTO filled SELECT 3, repeat('x', 1000)"));
      assertThat(query(postgres, "SELECT array_agg(DISTINCT value) FROM filled"))
          .isEqualTo("{1,3}");
    }
  }

  @Test
  void tellsWhyThereIsNoSmallDisk() {
    assertThatThrownBy(() -> SmallDisk.mount(folder.resolve("missing"), 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Expected to mount a small tmpfs, which takes root on Linux, but");
  }

  @Test
  void promotesAStandbyThatKeepsRowsAndFailoverSlots() throws Exception {
    try (PostgresProcess primary = PostgresProcess.start(folder.resolve("primary"), Map.of())) {
      execute(primary, "CREATE TABLE kept (value int)");
      query(
          primary,
          "SELECT pg_create_logical_replication_slot('%s', 'pgoutput', false, false, true)"
              .formatted(SLOT));
      try (PostgresProcess standby = primary.standby(folder.resolve("standby"), true)) {
        assertThat(standby.address().port()).isNotEqualTo(primary.address().port());
        assertThat(query(primary, "SHOW synchronized_standby_slots")).isEqualTo("standby");
        assertThat(query(standby, "SELECT pg_is_in_recovery()")).isEqualTo("t");
        await()
            .atMost(WAIT)
            .until(() -> query(primary, "SELECT count(*) FROM pg_stat_replication").equals("1"));
        execute(primary, "INSERT INTO kept VALUES (1)");
        assertThat(primary.terminateWalsender("standby")).isTrue();
        execute(primary, "INSERT INTO kept VALUES (2)");
        // As its reader would: a slot that stands still stays behind what the standby can keep.
        query(
            primary,
            "SELECT pg_replication_slot_advance('%s', pg_current_wal_lsn())".formatted(SLOT));
        await()
            .atMost(WAIT)
            .until(
                () -> {
                  // As a reader would move it.
                  query(primary, "SELECT pg_log_standby_snapshot()");
                  query(
                      primary,
                      "SELECT pg_replication_slot_advance('%s', pg_current_wal_lsn())"
                          .formatted(SLOT));
                  return standby.isSynced(SLOT);
                });
        standby.awaitSynced(SLOT);
        execute(primary, "INSERT INTO kept VALUES (3)");
        primary.crash();

        standby.promote();

        assertThat(query(standby, "SELECT pg_is_in_recovery()")).isEqualTo("f");
        assertThat(query(standby, "SELECT sum(value) FROM kept")).isEqualTo("6");
        execute(standby, "INSERT INTO kept VALUES (4)");
        assertThat(
                query(
                    standby,
                    "SELECT slot_name FROM pg_replication_slots WHERE wal_status = 'reserved'"))
            .isEqualTo(SLOT);
      }
    }
  }

  private static Connection connect(PostgresProcess postgres, String... settings)
      throws SQLException {
    Properties properties = new Properties();
    for (int i = 0; i < settings.length; i += 2) {
      properties.setProperty(settings[i], settings[i + 1]);
    }
    return DriverManager.getConnection(postgres.address().jdbcUrl("postgres"), properties);
  }

  private static void execute(PostgresProcess postgres, String sql) throws SQLException {
    try (Connection connection = connect(postgres);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String query(PostgresProcess postgres, String sql) throws SQLException {
    try (Connection connection = connect(postgres)) {
      return query(connection, sql);
    }
  }

  private static String query(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }
}
