package io.agentorchestrator.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalServersIT {

  @TempDir Path folder;

  @Test
  void postgresKeepsItsDataAndRecoversFromACrash() throws SQLException, IOException {
    try (LocalPostgres postgres = startPostgres()) {
      postgres.createDatabaseIfMissing("it's \"here\"");
      postgres.createDatabaseIfMissing("kept");
      postgres.createDatabaseIfMissing("kept");
      execute(postgres, "CREATE TABLE kept (value int)");
      execute(postgres, "INSERT INTO kept VALUES (1)");
      assertThat(query(postgres, "SHOW wal_level")).isEqualTo("logical");
      assertThat(query(postgres, "SHOW server_version")).startsWith("18.");
    }
    assertThat(folder.resolve("postgres/postmaster.pid")).doesNotExist();

    try (LocalPostgres postgres = startPostgres()) {
      execute(postgres, "INSERT INTO kept VALUES (2)");
      postgres.kill();
      postgres.start();
      assertThat(query(postgres, "SELECT sum(value) FROM kept")).isEqualTo("3");
    }

    leaveBehindAProcessIdThatIsOursNow();
    try (LocalPostgres postgres = startPostgres()) {
      assertThat(query(postgres, "SELECT sum(value) FROM kept")).isEqualTo("3");
    }
  }

  @Test
  void postgresThatCannotStartShowsTheEndOfItsLog() throws IOException {
    Path data = Files.createDirectory(folder.resolve("postgres"));
    Files.writeString(data.resolve("PG_VERSION"), "9\n");

    assertThatThrownBy(this::startPostgres)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(folder.resolve("postgresql.log").toString())
        .hasMessageContaining("postgresql.conf");
  }

  @Test
  void kafkaKeepsItsRecords() throws Exception {
    try (LocalKafka kafka = LocalKafka.start(folder.resolve("kafka"), 0)) {
      KafkaRecords records = new KafkaRecords(kafka.bootstrapServers(), "kept");
      records.createTopic();
      records.write("one");
    }

    try (LocalKafka kafka = LocalKafka.start(folder.resolve("kafka"), 0)) {
      KafkaRecords records = new KafkaRecords(kafka.bootstrapServers(), "kept");
      records.write("two");
      assertThat(records.read(2)).containsExactly("one", "two");
    }
  }

  @Test
  void sharesOnePairOfServers() throws Exception {
    Servers servers = Servers.shared();
    assertThat(Servers.shared()).isSameAs(servers);

    servers.createDatabaseIfMissing("shared_by_tests");
    try (Connection connection = DriverManager.getConnection(servers.jdbcUrl("shared_by_tests"))) {
      assertThat(connection.getCatalog()).isEqualTo("shared_by_tests");
    }
    assertThat(servers.databaseUrl("shared_by_tests"))
        .matches("postgresql://postgres:postgres@[^:]+:\\d+/shared_by_tests");
    KafkaRecords records = new KafkaRecords(servers.bootstrapServers(), "shared-by-tests");
    records.createTopic();
    records.write("one");
    assertThat(records.read(1)).containsExactly("one");
  }

  private LocalPostgres startPostgres() {
    return LocalPostgres.start(
        Servers.postgresBinaries(),
        folder.resolve("postgres"),
        0,
        folder.resolve("postgresql.log"));
  }

  /** A crash of the machine leaves the file, and afterwards any process may bear the number. */
  private void leaveBehindAProcessIdThatIsOursNow() throws IOException {
    Path data = folder.resolve("postgres");
    Files.writeString(
        data.resolve("postmaster.pid"),
        "%d\n%s\n".formatted(ProcessHandle.current().pid(), data.toRealPath()));
  }

  private static void execute(LocalPostgres postgres, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl("kept"));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String query(LocalPostgres postgres, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl("kept"));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }
}
