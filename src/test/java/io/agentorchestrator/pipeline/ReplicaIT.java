package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.agentorchestrator.faults.PostgresProcess;
import io.agentorchestrator.local.Servers;
import io.agentorchestrator.local.Site;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Reads have a replica, a real one that streams, by a login that may read and nothing else. */
class ReplicaIT {

  private static final Path ROLES = Path.of("ops", "postgres-roles.sql");
  private static final String READER = "orchestrator_reader";

  /** Half a second or two for the replica, then the primary, which all ask at once; not 5 s. */
  private static final Duration PASSED_OVER = Duration.ofSeconds(4);

  @TempDir private Path folder;

  @Test
  void readsFromTheReplicaWhileItIsNearEnoughAndElseFromThePrimary() throws Exception {
    try (PostgresProcess primary = PostgresProcess.start(folder.resolve("primary"), Map.of());
        PostgresProcess replica = primary.standby(folder.resolve("replica"), false)) {
      Site site = Site.fresh(Servers.of(primary.address(), Servers.shared().bootstrapServers()));
      execute(primary, site, Files.readString(ROLES));
      execute(primary, site, "ALTER ROLE %s PASSWORD '%s'".formatted(READER, READER));
      try (Pipeline pipeline =
          Pipeline.at(
              site,
              1,
              "--DATABASE_READ_URL=" + readUrl(replica, site),
              "--orchestrator.database.max-replica-lag=8",
              "--orchestrator.database.slow-statement=300")) {
        UUID agent = UUID.randomUUID();
        pipeline.ask(Commands.registerAgent(agent, 1));
        awaitProblems(pipeline, problems -> !problems.contains("replica"));
        await().until(() -> slots(pipeline, agent, "") == 1);
        assertThat(logins(replica, site)).isEqualTo(READER);
        patiently().until(() -> behind(pipeline) < 8);
        assertThat(slowStatements(replica, site))
            .singleElement()
            .asString()
            .contains("server=\"replica\"")
            .contains("SELECT pg_sleep(?), ?")
            .doesNotContain("secret");

        // Of the same moment as long as it is near.
        execute(replica, site, "SELECT pg_wal_replay_pause()");
        long position = pipeline.ask(Commands.registerAgent(agent, 2)).position();
        assertThat(slots(pipeline, agent, "")).isEqualTo(1);
        assertThat(slots(pipeline, agent, "?min_position=" + position)).isEqualTo(2);
        assertThat(slots(pipeline, agent, "?min_position=1")).isEqualTo(1);

        // Then it is too far behind.
        patiently().until(() -> slots(pipeline, agent, "") == 2);
        awaitProblems(pipeline, problems -> problems.matches(".*The replica is .* s behind.*"));
        assertThat(behind(pipeline)).isGreaterThan(8);
        execute(replica, site, "SELECT pg_wal_replay_resume()");
        awaitProblems(pipeline, problems -> !problems.contains("replica"));

        // Or it hangs, which nobody waits for.
        replica.freeze();
        assertThat(slowest(pipeline, agent)).isLessThan(PASSED_OVER);
        awaitProblems(pipeline, problems -> problems.contains("The replica"));
        replica.thaw();
        awaitProblems(pipeline, problems -> !problems.contains("replica"));

        // And away.
        replica.crash();
        for (int i = 0; i < 30; i++) {
          assertThat(slots(pipeline, agent, "")).isEqualTo(2);
        }
        awaitProblems(pipeline, problems -> problems.contains("The replica cannot be asked"));
        assertThat(behind(pipeline)).isNaN();
        replica.start();
        awaitProblems(pipeline, problems -> !problems.contains("replica"));
        assertThat(slots(pipeline, agent, "")).isEqualTo(2);
        assertThat(pipeline.get("/api/v2/health/database").at("/pools/replica/max").intValue())
            .isEqualTo(10);
      }
    }
  }

  /** Of many reads at once, those that find out and those that come then. */
  private static Duration slowest(Pipeline pipeline, UUID agent) throws Exception {
    try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Duration>> reads =
          IntStream.range(0, 30)
              .mapToObj(
                  n ->
                      readers.submit(
                          () -> {
                            long start = System.nanoTime();
                            assertThat(slots(pipeline, agent, "")).isEqualTo(2);
                            return Duration.ofNanos(System.nanoTime() - start);
                          }))
              .toList();
      Duration slowest = Duration.ZERO;
      for (Future<Duration> read : reads) {
        slowest = slowest.compareTo(read.get()) < 0 ? read.get() : slowest;
      }
      return slowest;
    }
  }

  private static String readUrl(PostgresProcess replica, Site site) {
    return "postgresql://%1$s:%1$s@%2$s:%3$d/%4$s"
        .formatted(READER, replica.address().host(), replica.address().port(), site.name());
  }

  /** Who is there besides whoever asks. */
  private static String logins(PostgresProcess server, Site site) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(server.address().jdbcUrl(site.name()));
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT string_agg(DISTINCT usename, ',') FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND pid <> pg_backend_pid()")) {
      row.next();
      return String.valueOf(row.getString(1));
    }
  }

  private static double behind(Pipeline pipeline) {
    return Pipeline.told(pipeline.worker(), "orchestrator_replica_lag_seconds");
  }

  /** What is logged of a slow one on the replica, as of a worker's: of that login, by that name. */
  private static List<String> slowStatements(PostgresProcess replica, Site site)
      throws SQLException {
    ListAppender<ILoggingEvent> told = new ListAppender<>();
    Logger logger =
        (Logger) LoggerFactory.getLogger("io.agentorchestrator.database.SlowStatements");
    told.start();
    logger.addAppender(told);
    String url =
        "jdbc:postgresql://%s:%d/%s?ApplicationName=agent-orchestrator"
            .formatted(replica.address().host(), replica.address().port(), site.name());
    try (Connection connection = DriverManager.getConnection(url, READER, READER);
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_sleep(2), 'secret'");
      return List.copyOf(told.list).stream()
          .map(event -> event.getFormattedMessage() + " " + event.getKeyValuePairs())
          .filter(line -> line.contains("pg_sleep"))
          .toList();
    } finally {
      logger.detachAppender(told);
    }
  }

  private static ConditionFactory patiently() {
    return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(100));
  }

  private static void awaitProblems(Pipeline pipeline, Predicate<String> wanted) {
    patiently()
        .until(() -> pipeline.get("/api/v2/health/database").get("problems").toString(), wanted);
  }

  private static int slots(Pipeline pipeline, UUID agent, String query) {
    return pipeline.get("/api/v2/agents/" + agent + query).get("max_concurrent_tasks").intValue();
  }

  private static void execute(PostgresProcess server, Site site, String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(server.address().jdbcUrl(site.name()));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
