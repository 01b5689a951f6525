package io.agentorchestrator.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whoever waits at the log's gate holds no table: a migration that has the gate to itself may
 * change each of them, and is not waited for in a circle.
 */
class GateFirstIT {

  private static final String GATE =
      "SELECT pg_advisory_xact_lock(hashtextextended('agent-orchestrator log gate', 0))";

  private static final String WAITING =
      """
      SELECT pid FROM pg_locks
       WHERE locktype = 'advisory' AND mode = 'ShareLock' AND NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())""";

  /** But what the gate's own statement reads. */
  private static final String HELD =
      """
      SELECT DISTINCT held.relation::regclass::text
        FROM pg_locks held
        JOIN pg_class ON pg_class.oid = held.relation AND relkind IN ('r', 'p')
       WHERE held.pid IN (%s) AND held.locktype = 'relation'
         AND relnamespace = 'public'::regnamespace AND relname <> 'relay_confirmation'"""
          .formatted(WAITING);

  private static final String OPEN =
      "SELECT 1 FROM relay_confirmation WHERE server_started_at = pg_postmaster_start_time()";

  private static final Site SITE = Site.fresh();

  private static LocalWorker worker;

  @BeforeAll
  static void start() throws SQLException {
    worker =
        LocalWorker.start(
            SITE, "--orchestrator.dispatch.enabled=false", "--orchestrator.timers.enabled=false");
    try (Connection observer = connect()) {
      await().atMost(Duration.ofMinutes(1)).until(() -> !query(observer, OPEN).isEmpty());
    }
  }

  @AfterAll
  static void stop() {
    worker.close();
  }

  @ParameterizedTest
  @ValueSource(
      classes = {RetryTimer.class, DeadlineTimer.class, LeaseTimer.class, WorkflowTimer.class})
  void ofTimers(Class<? extends EngineTimer> timer) throws Exception {
    assertThat(heldAtTheGateBy(worker.bean(timer)::run)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ofDispatch(boolean patiently) throws Exception {
    DispatchRound round = worker.bean(DispatchRound.class);

    assertThat(heldAtTheGateBy(() -> round.run(patiently))).isEmpty();
  }

  /** Lets a transaction run into the closed gate, and then through it. */
  private static List<String> heldAtTheGateBy(Runnable transaction)
      throws SQLException, InterruptedException, ExecutionException, TimeoutException {
    CompletableFuture<Void> running;
    List<String> held;
    try (Connection gate = connect();
        Connection observer = connect()) {
      gate.setAutoCommit(false);
      query(gate, GATE);
      running = CompletableFuture.runAsync(transaction);
      await()
          .atMost(Duration.ofSeconds(20))
          .pollInterval(Duration.ofMillis(10))
          .until(() -> !query(observer, WAITING).isEmpty());
      held = query(observer, HELD);
      gate.rollback();
    }
    running.get(20, TimeUnit.SECONDS);
    return held;
  }

  private static Connection connect() throws SQLException {
    return DriverManager.getConnection(SITE.servers().jdbcUrl(SITE.name()));
  }

  private static List<String> query(Connection connection, String sql) throws SQLException {
    List<String> found = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        found.add(row.getString(1));
      }
    }
    return found;
  }
}
