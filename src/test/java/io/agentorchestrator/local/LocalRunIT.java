package io.agentorchestrator.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The servers of a local run in a JVM of its own; what the worker does is other tests' matter. */
class LocalRunIT {

  private final PostgresAddress postgres =
      new PostgresAddress("127.0.0.1", Ports.free(), LocalPostgres.USER, LocalPostgres.PASSWORD);
  private final KafkaRecords records = new KafkaRecords("127.0.0.1:" + Ports.free(), "kept");

  @TempDir Path folder;

  @Test
  void keepsAllDataWhenItsJvmIsKilledAndLeavesNoProcessWhenItEnds() throws Exception {
    try (LocalRunProcess first = start(Map.of()).awaitReady()) {
      records.createTopic();
      records.write("before");
      execute("CREATE TABLE kept AS SELECT 'before' AS value");
      first.kill();
    }
    long orphan = postmaster();
    assertThat(runs(orphan)).as("a PostgreSQL that outlived its JVM").isTrue();

    long next;
    try (LocalRunProcess second = start(Map.of()).awaitReady()) {
      assertThat(records.read(1)).containsExactly("before");
      assertThat(query("SELECT value FROM kept")).isEqualTo("before");
      next = postmaster();
      assertThat(next).isNotEqualTo(orphan);
      assertThat(second.output()).contains(postgres.jdbcUrl("orchestrator"));
    }
    assertThat(runs(orphan)).isFalse();
    assertThat(runs(next)).isFalse();
  }

  @Test
  void refusesWhatAnotherRunHoldsAndLeavesThatOneAlone() throws Exception {
    try (LocalRunProcess holder =
        start(Map.of("orchestrator.local.start", "postgres")).awaitReady()) {
      long postmaster = postmaster();

      try (LocalRunProcess sameFolder = start(Map.of("orchestrator.local.fresh", "true"))) {
        assertThat(sameFolder.awaitEnd()).isEqualTo(1);
        assertThat(sameFolder.output().lines())
            .singleElement()
            .asString()
            .startsWith("Another local run, process " + holder.pid() + ", uses " + folder);
      }
      try (LocalRunProcess samePort =
          LocalRunProcess.start(folder.resolve("other"), properties(Map.of()))) {
        assertThat(samePort.awaitEnd()).isEqualTo(1);
        assertThat(samePort.output().lines())
            .singleElement()
            .asString()
            .startsWith("Port " + postgres.port() + ", wanted by PostgreSQL, is already in use");
      }
      assertThat(postmaster()).isEqualTo(postmaster);
      assertThat(query("SELECT 'alive'")).isEqualTo("alive");
    }
  }

  @Test
  void startsAfreshWhenAsked() throws Exception {
    Map<String, String> onlyPostgres = Map.of("orchestrator.local.start", "postgres");
    try (LocalRunProcess first = start(onlyPostgres).awaitReady()) {
      execute("CREATE TABLE gone ()");
      first.kill();
    }

    Map<String, String> fresh = new HashMap<>(onlyPostgres);
    fresh.put("orchestrator.local.fresh", "true");
    try (LocalRunProcess second = start(fresh).awaitReady()) {
      assertThat(query("SELECT coalesce(to_regclass('gone')::text, 'nothing')"))
          .isEqualTo("nothing");
      assertThat(second.output()).doesNotContain("Kafka");
    }
  }

  private LocalRunProcess start(Map<String, String> properties) {
    return LocalRunProcess.start(folder, properties(properties));
  }

  private Map<String, String> properties(Map<String, String> own) {
    Map<String, String> properties = new HashMap<>();
    properties.put("orchestrator.local.start", "postgres,kafka");
    properties.put("orchestrator.local.postgres-port", Integer.toString(postgres.port()));
    properties.put(
        "orchestrator.local.kafka-port", records.bootstrapServers().replace("127.0.0.1:", ""));
    properties.putAll(own);
    return properties;
  }

  private static boolean runs(long pid) {
    return ProcessHandle.of(pid).flatMap(process -> process.info().command()).isPresent();
  }

  private long postmaster() throws Exception {
    return Long.parseLong(
        Files.readAllLines(folder.resolve("postgres/postmaster.pid")).getFirst().strip());
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl("orchestrator"));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String query(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl("orchestrator"));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }
}
