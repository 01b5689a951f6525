package io.agentorchestrator.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Dispatch and timers go by their indexes, as the planner decides by itself, however many tasks
 * wait that nobody can do now.
 */
class LongQueueIT {

  private static final int TASKS = Integer.getInteger("orchestrator.queue", 30_000);
  private static final int FREE = 4;

  private static final Site SITE = Site.fresh();
  private static LocalWorker worker;
  private static Backlog backlog;

  @BeforeAll
  static void fill() throws SQLException {
    worker =
        LocalWorker.start(
            SITE, "--orchestrator.dispatch.enabled=false", "--orchestrator.timers.enabled=false");
    backlog = new Backlog(SITE);
    backlog.addTasks(TASKS);
    backlog.addAgents(3000, 4, 0);
    backlog.addAgents(1, 10, FREE);
    backlog.analyze();
  }

  @AfterAll
  static void close() throws SQLException {
    backlog.close();
    worker.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {MatchQueries.CANDIDATES, MatchQueries.AGENTS})
  void plansTheMatchWithoutReadingATableWhole(String query) throws SQLException {
    String one =
        backlog
            .query("SELECT id FROM tasks WHERE required_capabilities = '{skill-1}' LIMIT 1")
            .getFirst();
    String sql = query.replace("ANY(?)", "ANY('{" + one + "}')").replace("?", "1");

    assertThat(String.join("\n", backlog.query("EXPLAIN " + sql))).doesNotContain("Seq Scan");
  }

  @Test
  void assignsAndTimesOutWithoutReadingATableWhole() throws SQLException {
    backlog.execute("SELECT pg_stat_force_next_flush()"); // Of what the test itself has read.
    List<String> before = sequentialScans();
    DispatchRound round = worker.bean(DispatchRound.class);

    assertThat(round.run(false).assigned()).isEqualTo(FREE);
    assertThat(round.run(false).assigned()).isZero();
    for (Class<? extends EngineTimer> timer :
        List.of(DeadlineTimer.class, RetryTimer.class, WorkflowTimer.class)) {
      assertThat(worker.bean(timer).run()).isFalse();
    }

    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> backlog.query(counted("n_tup_upd")).getFirst().equals(String.valueOf(FREE)));
    assertThat(sequentialScans()).isEqualTo(before);
    assertThat(backlog.query("SELECT status FROM tasks WHERE NOT queued"))
        .containsOnly("assigned")
        .hasSize(FREE);
  }

  private static List<String> sequentialScans() throws SQLException {
    return backlog.query(counted("seq_scan"));
  }

  private static String counted(String what) {
    return "SELECT %s FROM pg_stat_user_tables WHERE relname IN ('tasks', 'agents', 'agent_activity') ORDER BY relname DESC"
        .formatted(what);
  }
}
