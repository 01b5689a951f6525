package io.agentorchestrator.faults;

import io.agentorchestrator.local.WorkerProcess;
import java.time.Duration;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The worker that publishes the log breaks, or is thought to be broken, while others stand by. */
class RelayFaultIT {

  private final Cluster cluster = Cluster.shared();

  /** Longer than the database keeps the session that holds the lock, or Kafka a transaction. */
  @Test
  @Tag("faults")
  void fencesALeaderThatWakesUpAgain() {
    try (Scenario scenario = new Scenario("zombie", cluster, 2, 300, 40)) {
      for (int i = 0; i < 2; i++) {
        scenario.rest(Duration.ofMillis(1000 + scenario.random().nextInt(3000)));
        WorkerProcess leader = leader(scenario);
        scenario.inject("SIGSTOP of the leader", leader::freeze);
        scenario.rest(Duration.ofSeconds(16));
        scenario.note("SIGCONT");
        leader.thaw();
      }
      scenario.judge();
    }
  }

  @Test
  @Tag("faults")
  void handsOverWhenLeadersAreKilled() {
    try (Scenario scenario = new Scenario("leaders killed", cluster, 2, 400, 50)) {
      for (int i = 0; i < 4; i++) {
        scenario.rest(Duration.ofMillis(500 + scenario.random().nextInt(3000)));
        WorkerProcess leader = leader(scenario);
        scenario.inject("SIGKILL of the leader", () -> scenario.kill(leader));
        scenario.startWorker();
      }
      scenario.judge();
    }
  }

  @Test
  @Tag("faults")
  void startsTwiceAtOnceOnAnEmptyDatabaseAndHasOneLeader() {
    try (Scenario scenario = new Scenario("race of starts", cluster, 3, 200, 60)) {
      scenario.inject("three starts at once, which migrate and race for the relay", () -> {});
      scenario.judge();
    }
  }

  private static WorkerProcess leader(Scenario scenario) {
    return Awaitility.await("a leader")
        .atMost(Duration.ofMinutes(1))
        .until(
            () -> scenario.workers().stream().filter(RelayFaultIT::leads).findAny(),
            Optional::isPresent)
        .orElseThrow();
  }

  private static boolean leads(WorkerProcess worker) {
    return worker.health("relay").filter(answer -> answer.body().contains("LEADING")).isPresent();
  }
}
