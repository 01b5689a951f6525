package io.agentorchestrator.database;

import static io.agentorchestrator.rest.Reading.names;
import static io.agentorchestrator.rest.Reading.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.LocalPostgres;
import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Servers;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.log.ReplicationSlots;
import io.agentorchestrator.rest.Reading;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import tools.jackson.databind.JsonNode;

class DatabaseHealthIT {

  private static final Duration BOUND = Duration.ofSeconds(2);

  @TempDir Path folder;

  @Test
  void isHealthyWhereNothingIsWrong() {
    Reading reading = Reading.shared();
    await()
        .until(() -> reading.read("/health/database").at("/replication_slot/active").asBoolean());

    JsonNode health = reading.read("/health/database");

    assertThat(names(health))
        .containsExactly(
            "status",
            "latency_ms",
            "server_version",
            "schema_version",
            "pool",
            "pools",
            "leaks",
            "replication_slot",
            "longest_transaction_seconds",
            "dead_tuples",
            "problems");
    assertThat(texts(health.get("problems"))).isEmpty();
    assertThat(health.get("status").stringValue()).isEqualTo("healthy");
    assertThat(health.get("latency_ms").doubleValue()).isBetween(0.001, 1000.0);
    assertThat(health.get("server_version").stringValue()).startsWith("18.");
    assertThat(health.get("schema_version").stringValue()).matches("\\d+");
    assertThat(health.get("pool")).isEqualTo(health.at("/pools/commands"));
    assertThat(health.at("/pool/pool_size").intValue()).isEqualTo(10);
    assertThat(health.at("/pool/max").intValue()).isEqualTo(30);
    assertThat(health.at("/leaks/total").isIntegralNumber()).isTrue();
    assertThat(health.at("/replication_slot/wal_status").stringValue()).isEqualTo("reserved");
    assertThat(health.at("/replication_slot/retained_bytes").isIntegralNumber()).isTrue();
    assertThat(health.get("longest_transaction_seconds").doubleValue()).isBetween(0.0, 600.0);
    assertThat(names(health.get("dead_tuples"))).contains("agents", "agent_activity", "tasks");
    assertThat(reading.get("/health/database?pool=x").problem(400)).contains("min_position");
  }

  @Test
  void tellsOfAnExhaustedPoolAndAMissingReaderAndADatabaseThatIsAway() throws Exception {
    try (LocalPostgres postgres = Servers.startPostgres(folder)) {
      postgres.createDatabaseIfMissing("away");
      try (LocalWorker worker =
          LocalWorker.startAtRest(
              Site.fresh(),
              "--orchestrator.database.url=" + postgres.databaseUrl("away"),
              "--orchestrator.database.pool-size=2",
              "--orchestrator.database.max-overflow=1",
              "--orchestrator.database.pool-timeout=4")) {
        assertThat(get(worker, "/api/v2/agents").status()).isEqualTo(200);

        exhaust(worker);
        postgres.kill();

        isAway(worker);
        postgres.start();
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> get(worker, "/api/v2/agents").status() == 200);
        assertThat(health(worker).json().get("status").stringValue()).isEqualTo("degraded");
        assertThat(management(worker, "/readiness")).isEqualTo(200);
      }
    }
  }

  private static void exhaust(LocalWorker worker) throws SQLException {
    DataSource pool = worker.bean(DataSource.class);
    List<Connection> taken = new ArrayList<>();
    try {
      while (taken.size() < 3) {
        taken.add(pool.getConnection());
      }
      Thread waiting = Thread.ofVirtual().start(() -> take(pool));

      Reading.Answer answer =
          await()
              .until(
                  () -> health(worker), found -> found.json().at("/pool/waiting").intValue() >= 1);

      JsonNode health = answer.json();
      assertThat(answer.status()).isEqualTo(200);
      // Who marks what was heard may wait besides.
      assertThat(health.get("pool").toString())
          .matches(
              "\\{\"pool_size\":2,\"checked_in\":0,\"checked_out\":3,\"overflow\":1,"
                  + "\"waiting\":[1-3],\"max\":3}");
      assertThat(texts(health.get("problems")))
          .anyMatch(problem -> problem.contains("pool commands"))
          .anyMatch(problem -> problem.contains("replication slot"));
      assertThat(health.at("/replication_slot/active").booleanValue()).isFalse();
      // Reads have a pool of their own.
      assertThat(get(worker, "/api/v2/agents").status()).isEqualTo(200);
      waiting.interrupt();
    } finally {
      for (Connection connection : taken) {
        connection.close();
      }
    }
  }

  private static void take(DataSource pool) {
    try (Connection connection = pool.getConnection()) {
      assertThat(connection).isNotNull();
    } catch (SQLException e) {
      // It is waited for, and interrupted.
    }
  }

  private static void isAway(LocalWorker worker) {
    Reading.Answer read = get(worker, "/api/v2/agents?limit=1");
    assertThat(read.problem(503)).doesNotContainIgnoringCase("exception").doesNotContain("SQL");
    assertThat(read.header("retry-after")).matches("\\d+");
    // Once the pool has found its connections broken, nobody waits for a new one.
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              long start = System.nanoTime();
              get(worker, "/api/v2/tasks").problem(503);
              return sinceNanos(start).compareTo(BOUND) < 0;
            });
    assertThat(get(worker, "/api/v2/tasks").header("retry-after")).matches("\\d+");

    long start = System.nanoTime();
    Reading.Answer answer = health(worker);
    assertThat(sinceNanos(start)).isLessThan(BOUND);

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("retry-after")).matches("\\d+");
    assertThat(answer.json().get("status").stringValue()).isEqualTo("unhealthy");
    assertThat(answer.json().get("latency_ms").isNull()).isTrue();
    assertThat(texts(answer.json().get("problems")))
        .hasSizeBetween(1, 2)
        .first()
        .asString()
        .startsWith("PostgreSQL ");
    assertThat(management(worker, "/liveness")).isEqualTo(200);
    assertThat(management(worker, "/readiness")).isEqualTo(503);
    assertThat(management(worker, "")).isEqualTo(503);
  }

  @Test
  void doesNotWaitForAServerThatNeverAnswers() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      DatabaseProbe probe =
          new DatabaseProbe(
              at("jdbc:postgresql://127.0.0.1:" + silent.getLocalPort() + "/x"),
              Reading.shared().worker().bean(ReplicationSlots.class),
              "slot");

      for (int i = 0; i < 2; i++) {
        long start = System.nanoTime();
        DatabaseProbe.Findings findings = probe.look();
        assertThat(sinceNanos(start)).isLessThan(BOUND);
        assertThat(findings.isAnswered()).isFalse();
        assertThat(findings.problems()).hasSize(1);
      }
    }
  }

  @Test
  void keepsToItselfWhoMayNotConnect() {
    DatabaseProbe probe =
        new DatabaseProbe(
            at(Servers.shared().jdbcUrl("no_such_database")),
            Reading.shared().worker().bean(ReplicationSlots.class),
            "slot");

    assertThat(probe.look().problems())
        .singleElement()
        .asString()
        .contains("3D000")
        .doesNotContain("no_such_database");
  }

  private static JdbcConnectionDetails at(String url) {
    return new JdbcConnectionDetails() {
      @Override
      public @Nullable String getUsername() {
        return null;
      }

      @Override
      public @Nullable String getPassword() {
        return null;
      }

      @Override
      public String getJdbcUrl() {
        return url;
      }
    };
  }

  private static Duration sinceNanos(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static Reading.Answer health(LocalWorker worker) {
    return get(worker, "/api/v2/health/database");
  }

  private static Reading.Answer get(LocalWorker worker, String path) {
    return Reading.send(HttpRequest.newBuilder(worker.rest().resolve(path)));
  }

  private static int management(LocalWorker worker, String group) {
    return Reading.send(
            HttpRequest.newBuilder(worker.management().resolve("/actuator/health" + group)))
        .status();
  }
}
