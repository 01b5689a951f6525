package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.faults.PostgresProcess;
import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Servers;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.schemas.Schemas;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Predicate;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * One worker, its database in each state it can be in, what {@code /api/v2/health/database} says of
 * it and how long it takes to say so; prints both.
 */
@Tag("faults")
class DatabaseStatesIT {

  private static final Duration BOUND = Duration.ofSeconds(2);

  private @TempDir Path folder;

  /** An answer, and how long it took. */
  private record Answer(int code, JsonNode json, Duration time) {

    boolean has(String problem) {
      return json.get("problems").toString().contains(problem);
    }
  }

  @Test
  void saysWhatIsTheMatterWithinTwoSeconds() throws Exception {
    try (PostgresProcess primary = PostgresProcess.start(folder.resolve("primary"), Map.of());
        PostgresProcess replica = primary.standby(folder.resolve("replica"), false)) {
      Site site = Site.fresh(Servers.of(primary.address(), Servers.shared().bootstrapServers()));
      try (LocalWorker worker = start(site, replica, "--orchestrator.relay.enabled=false")) {
        see(
            worker,
            "slot inactive",
            200,
            "degraded",
            answer -> answer.has("Nobody reads from the replication slot"));
      }
      try (LocalWorker worker = start(site, replica)) {
        isWell(worker, "healthy");
        exhaustAndLeak(worker);
        isWell(worker, "connections given back");
        lockTheLog(worker, primary, site);
        isWell(worker, "log free");
        execute(replica, site, "SELECT pg_wal_replay_pause()");
        see(worker, "replica behind", 200, "degraded", answer -> answer.has("The replica is"));
        execute(replica, site, "SELECT pg_wal_replay_resume()");
        isWell(worker, "replica near");
        replica.freeze();
        see(worker, "replica hangs", 200, "degraded", answer -> answer.has("The replica"));
        replica.thaw();
        isWell(worker, "replica goes on");
        primary.freeze();
        see(worker, "PostgreSQL hangs", 503, "unhealthy", answer -> answer.has("has not answered"));
        primary.thaw();
        isWell(worker, "PostgreSQL goes on");
        primary.crash();
        see(worker, "PostgreSQL is away", 503, "unhealthy", answer -> answer.has("be asked"));
        primary.start();
        isWell(worker, "PostgreSQL is back");
      }
    }
  }

  private static LocalWorker start(Site site, PostgresProcess replica, String... more) {
    String[] settings = {
      "--orchestrator.database.pool-size=2",
      "--orchestrator.database.max-overflow=2",
      "--orchestrator.database.leak-detection-threshold=4",
      "--orchestrator.database.read-url=" + replica.address().databaseUrl(site.name()),
      "--orchestrator.database.max-replica-lag=2"
    };
    String[] all = Arrays.copyOf(settings, settings.length + more.length);
    System.arraycopy(more, 0, all, settings.length, more.length);
    return LocalWorker.start(site, all);
  }

  private static void exhaustAndLeak(LocalWorker worker) throws SQLException {
    DataSource pool = worker.bean(DataSource.class);
    try (Connection first = pool.getConnection();
        Connection second = pool.getConnection();
        Connection third = pool.getConnection();
        Connection fourth = pool.getConnection()) {
      // The worker itself waits for one.
      see(worker, "pool exhausted", 200, "degraded", answer -> answer.has("of the pool commands"));
      see(worker, "leak", 200, "degraded", answer -> answer.has("not been given back in time"));
      assertThat(first.isValid(1) && second.isValid(1) && third.isValid(1) && fourth.isValid(1))
          .isTrue();
    }
  }

  private static void lockTheLog(LocalWorker worker, PostgresProcess primary, Site site)
      throws SQLException {
    try (Connection other = DriverManager.getConnection(primary.address().jdbcUrl(site.name()));
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE orchestration_log IN ACCESS EXCLUSIVE MODE");
      see(worker, "log locked", 200, "degraded", answer -> answer.has("oldest entry"));
    }
  }

  private static void isWell(LocalWorker worker, String state) {
    see(worker, state, 200, "healthy", answer -> answer.json().get("problems").isEmpty());
  }

  /** Asks until that is said, and holds every answer on the way to the bound. */
  private static void see(
      LocalWorker worker, String state, int code, String status, Predicate<Answer> wanted) {
    Answer seen =
        await(state)
            .atMost(Duration.ofSeconds(90))
            .pollInterval(Duration.ofMillis(100))
            .until(
                () -> ask(worker),
                answer ->
                    answer.code() == code
                        && answer.json().get("status").stringValue().equals(status)
                        && wanted.test(answer));
    System.out.printf(
        "%-20s %d in %4d ms: %s%n", state, seen.code(), seen.time().toMillis(), seen.json());
  }

  private static Answer ask(LocalWorker worker) {
    long start = System.nanoTime();
    HttpResponse<String> response = Pipeline.http(worker.rest().resolve("/api/v2/health/database"));
    Duration time = Duration.ofNanos(System.nanoTime() - start);
    assertThat(time).isLessThan(BOUND);
    return new Answer(
        response.statusCode(),
        Schemas.parse(response.body().getBytes(StandardCharsets.UTF_8)),
        time);
  }

  private static void execute(PostgresProcess server, Site site, String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(server.address().jdbcUrl(site.name()));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
