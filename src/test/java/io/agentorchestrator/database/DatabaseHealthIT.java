package io.agentorchestrator.database;

import static io.agentorchestrator.rest.Reading.names;
import static io.agentorchestrator.rest.Reading.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.faults.FaultProxy;
import io.agentorchestrator.local.LocalPostgres;
import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.PostgresAddress;
import io.agentorchestrator.local.Servers;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.log.ReplicationSlots;
import io.agentorchestrator.pipeline.Pipeline;
import io.agentorchestrator.rest.Reading;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.jdbc.core.simple.JdbcClient;
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
    // Those that the migrations make with room for new versions of their rows, and some more.
    assertThat(names(health.get("dead_tuples")))
        .containsAll(
            reading
                .sql()
                .sql("SELECT relname FROM pg_class WHERE 'fillfactor=50' = ANY (reloptions)")
                .query(String.class)
                .list())
        .contains("agents", "agent_activity", "entity_count_changes", "task_labels", "tasks");
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

        measuresALogThatNobodyRelays(worker);
        exhaust(worker);
        postgres.kill();

        isAway(worker);
        postgres.start();
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> get(worker, "/api/v2/agents").status() == 200);
        assertThat(health(worker).json().get("status").stringValue()).isEqualTo("degraded");
        assertThat(management(worker, "/readiness")).isEqualTo(200);
        await()
            .atMost(Duration.ofSeconds(10))
            .until(() -> Pipeline.told(worker, "orchestrator_database_up") == 1);
      }
    }
  }

  /** By a worker whose relay has never run. */
  private static void measuresALogThatNobodyRelays(LocalWorker worker) {
    worker
        .bean(JdbcClient.class)
        .sql(
            """
            INSERT INTO orchestration_log (id, position, recorded_at, type, operation, status,
                message, command_source, command_id, actor, changes, details)
            VALUES (gen_random_uuid(), nextval('orchestration_log_position'), clock_timestamp(),
                'command.rejected.v1', 'task.create', 'failure', 'No.', '/s', 'c', 'a', '{}', '{}')
            """)
        .update();

    double lag = awaitLagOver(0, worker);
    awaitLagOver(lag + 2, worker);
    assertThat(Pipeline.told(worker, "orchestrator_relay_slot_active")).isZero();
    assertThat(Pipeline.told(worker, "orchestrator_relay_slot_retained_bytes")).isPositive();
    assertThat(Pipeline.told(worker, "orchestrator_database_up")).isOne();
  }

  private static double awaitLagOver(double seconds, LocalWorker worker) {
    return await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> Pipeline.told(worker, "orchestrator_relay_lag_seconds"), lag -> lag > seconds);
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
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> Pipeline.told(worker, "orchestrator_database_up") == 0);
  }

  /** As while a month of it is detached. */
  @Test
  void isDegradedAndServesReadsWhileSomebodyHasTheLogLocked() throws SQLException {
    Reading reading = Reading.shared();
    try (Connection other = reading.connect();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE orchestration_log IN ACCESS EXCLUSIVE MODE");

      JsonNode health =
          await()
              .atMost(Duration.ofSeconds(10))
              .until(
                  () -> promptly(reading),
                  found ->
                      texts(found.get("problems")).stream()
                          .anyMatch(problem -> problem.contains("oldest entry")));

      assertThat(health.get("status").stringValue()).isEqualTo("degraded");
      assertThat(texts(health.get("problems")))
          .contains(
              "The age of the oldest entry that is not published cannot be read"
                  + " (SQLSTATE 55P03).");
      assertThat(health.get("latency_ms").doubleValue()).isBetween(0.001, 1000.0);
      assertThat(health.at("/replication_slot/lag_seconds").isNull()).isTrue();
      // All else is as it was.
      assertThat(health.get("schema_version").stringValue()).matches("\\d+");
      assertThat(health.at("/replication_slot/wal_status").stringValue()).isEqualTo("reserved");
      assertThat(health.get("longest_transaction_seconds").isNumber()).isTrue();
      assertThat(names(health.get("dead_tuples"))).contains("tasks");
      assertThat(management(reading.worker(), "/readiness")).isEqualTo(200);
      assertThat(reading.get("/agents").status()).isEqualTo(200);
      other.rollback();
    }
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> promptly(reading).at("/replication_slot/lag_seconds").isNumber());
  }

  /** What it says within the bound, and never that the database is away. */
  private static JsonNode promptly(Reading reading) {
    long start = System.nanoTime();
    JsonNode health = reading.read("/health/database");
    assertThat(sinceNanos(start)).isLessThan(BOUND);
    return health;
  }

  @Test
  void tellsTheRestWhereOnePartTakesTooLong() throws SQLException {
    Site site = Site.fresh();
    String url = Servers.shared().jdbcUrl(site.name());
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          CREATE VIEW flyway_schema_history AS
          SELECT '1' AS version, true AS success, 1 AS installed_rank FROM pg_sleep(10)
          """);
    }

    long start = System.nanoTime();
    DatabaseProbe.Findings findings = probe(url).look();

    assertThat(sinceNanos(start)).isLessThan(BOUND);
    assertThat(findings.answer().isGiven()).isTrue();
    assertThat(findings.schemaVersion()).isNull();
    assertThat(findings.problems())
        .contains("The schema's version cannot be read (SQLSTATE 57014).");
    assertThat(findings.housekeeping().longestTransactionSeconds()).isNotNull();
  }

  /** It is four ways there and back until there is an answer, and ten until all is known. */
  @Test
  void tellsWhatItKnowsByThenOfAServerThatIsFarAway() throws Exception {
    PostgresAddress server = Servers.shared().postgres();
    try (FaultProxy network = FaultProxy.start(server, 1)) {
      network.delay(Duration.ofMillis(220), Duration.ZERO, FaultProxy.Direction.TO_CLIENT);
      DatabaseProbe probe =
          probe(
              network.to(server).jdbcUrl("postgres")
                  + "&sslmode=disable&assumeMinServerVersion=15");

      long start = System.nanoTime();
      DatabaseProbe.Findings findings = probe.look();

      assertThat(sinceNanos(start)).isLessThan(BOUND);
      assertThat(findings.answer().latencyMs()).isBetween(200.0, 1500.0);
      assertThat(findings.housekeeping()).isEqualTo(Housekeeping.UNKNOWN);
      assertThat(findings.problems())
          .contains(Housekeeping.WHAT_IT_IS + " cannot be read in time.");
    }
  }

  @Test
  void saysWhetherItIsUpOnlyAsLongAsItKnows() {
    AtomicLong now = new AtomicLong();
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    DatabaseWatch up =
        new DatabaseWatch(probe(Servers.shared().jdbcUrl("postgres")), meters, now::get);
    Gauge gauge = meters.get("orchestrator.database.up").gauge();
    assertThat(gauge.value()).isNaN();

    up.look();

    assertThat(gauge.value()).isOne();
    now.addAndGet(Duration.ofSeconds(9).toNanos());
    assertThat(gauge.value()).isOne();
    now.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(gauge.value()).isNaN();

    SimpleMeterRegistry others = new SimpleMeterRegistry();
    DatabaseWatch down =
        new DatabaseWatch(probe("jdbc:postgresql://127.0.0.1:1/x"), others, now::get);
    down.look();
    assertThat(others.get("orchestrator.database.up").gauge().value()).isZero();
  }

  private static DatabaseProbe probe(String url) {
    return new DatabaseProbe(
        at(url), Reading.shared().worker().bean(ReplicationSlots.class), "slot");
  }

  @Test
  void doesNotWaitForAServerThatNeverAnswers() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      DatabaseProbe probe = probe("jdbc:postgresql://127.0.0.1:" + silent.getLocalPort() + "/x");

      for (int i = 0; i < 2; i++) {
        long start = System.nanoTime();
        DatabaseProbe.Findings findings = probe.look();
        assertThat(sinceNanos(start)).isLessThan(BOUND);
        assertThat(findings.answer().isGiven()).isFalse();
        assertThat(findings.problems()).hasSize(1);
        assertThat(probe.answer().isGiven()).isFalse();
      }
    }
  }

  @Test
  void keepsToItselfWhoMayNotConnect() {
    DatabaseProbe probe = probe(Servers.shared().jdbcUrl("no_such_database"));

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
