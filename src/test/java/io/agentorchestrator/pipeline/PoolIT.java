package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What the pools promise: connections that work, none too old, and none taken from others. */
class PoolIT {

  private static final String POOLED =
      """
      FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'agent-orchestrator'
      """;

  /** Nobody may notice that all connections were ended while they were idle. */
  @Test
  void givesOutNoneThatWasEndedWhileIdle() throws Exception {
    try (Pipeline pipeline = Pipeline.start(1);
        Connection other = pipeline.database()) {
      UUID agent = UUID.randomUUID();
      pipeline.ask(Commands.registerAgent(agent, 1));
      pipeline.get("/api/v2/agents/" + agent);

      List<Integer> ended = pids(other);
      assertThat(Settling.count(other, "SELECT count(pg_terminate_backend(pid)) " + POOLED))
          .isGreaterThanOrEqualTo(10);
      await().until(() -> pids(other).stream().noneMatch(ended::contains));

      for (int i = 0; i < 30; i++) {
        assertThat(pipeline.get("/api/v2/agents/" + agent).get("id").stringValue())
            .isEqualTo(agent.toString());
      }
      assertThat(pipeline.ask(Commands.registerAgent(agent, 2)).type())
          .isEqualTo("agent.updated.v1");
    }
  }

  /** The shortest life there may be is 30 s, and the pool varies it by a fortieth. */
  @Test
  @Tag("quick-faults")
  void replacesThoseThatHaveLivedForLongEnough() throws Exception {
    try (Pipeline pipeline = Pipeline.start(1, "--orchestrator.database.pool-recycle=30");
        Connection other = pipeline.database()) {
      // Before the look: what is closed in between is none of the first, or counts.
      double closed = closed(pipeline);
      List<Integer> first = pids(other);
      assertThat(first).hasSizeGreaterThanOrEqualTo(10);

      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> pids(other).stream().noneMatch(first::contains));

      assertThat(pids(other)).hasSizeGreaterThanOrEqualTo(10);
      assertThat(closed(pipeline)).isGreaterThanOrEqualTo(closed + 10);
      assertThat(pipeline.get("/api/v2/health/database").at("/pool/pool_size").intValue())
          .isEqualTo(10);
      assertThat(
              Settling.count(
                  other,
                  "SELECT coalesce(max(extract(epoch FROM now() - backend_start)), 0)::integer "
                      + POOLED))
          .isLessThanOrEqualTo(40);
    }
  }

  /** Reads that hang take nothing from health and commands, however many they are. */
  @Test
  void keepsSlowReadsFromHealthAndCommands() throws Exception {
    try (Pipeline pipeline = Pipeline.start(1, "--orchestrator.database.timeouts.read=40");
        Connection other = pipeline.database();
        Statement statement = other.createStatement();
        ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
      URI slow = pipeline.worker().rest().resolve("/api/v2/workflows");
      assertThat(Pipeline.http(slow).statusCode()).isEqualTo(200);
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE workflows IN ACCESS EXCLUSIVE MODE");

      List<Future<Integer>> reads =
          IntStream.range(0, 500)
              .mapToObj(n -> readers.submit(() -> Pipeline.http(slow).statusCode()))
              .toList();
      await().until(() -> health(pipeline).at("/pools/reads/waiting").intValue() >= 100);

      for (int i = 0; i < 10; i++) {
        long start = System.nanoTime();
        JsonNode health = health(pipeline);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        assertThat(health.get("status").stringValue()).isEqualTo("degraded");
        assertThat(health.get("problems").toString()).contains("pool reads");
      }
      assertThat(pipeline.ask(Commands.registerAgent(UUID.randomUUID(), 1)).type())
          .isEqualTo("agent.registered.v1");
      assertThat(health(pipeline).at("/pools/reads/waiting").intValue()).isPositive();

      other.rollback();
      for (Future<Integer> read : reads) {
        assertThat(read.get()).isIn(200, 503);
      }
      assertThat(reads.stream().filter(read -> read.resultNow() == 200).count()).isGreaterThan(250);
    }
  }

  private static double closed(Pipeline pipeline) {
    return Pipeline.counted(
        pipeline.worker(), "orchestrator_connections_closed_total", "pool=\"commands\"");
  }

  private static JsonNode health(Pipeline pipeline) {
    return pipeline.get("/api/v2/health/database");
  }

  private static List<Integer> pids(Connection connection) throws SQLException {
    List<Integer> pids = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT pid " + POOLED)) {
      while (rows.next()) {
        pids.add(rows.getInt(1));
      }
    }
    return pids;
  }
}
