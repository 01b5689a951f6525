package io.agentorchestrator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.local.WorkerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The worker that publishes the log breaks, or is thought to be broken, while others stand by. */
@Order(5)
class RelayFaultIT {

  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Duration LONGEST_HAND_OVER = Duration.ofSeconds(30);

  @TempDir private Path folder;

  private final Cluster cluster = Cluster.shared();

  /** Longer than the database keeps the session that holds the lock, or Kafka a transaction. */
  @Test
  @Tag("faults")
  void fencesALeaderThatWakesUpAgain() {
    Failpoints failpoints = Failpoints.in(folder);
    try (Scenario scenario = new Scenario("zombie", cluster, failpoints, 600, 40)) {
      scenario.lastUntilJudged();
      WorkerProcess first = leader(scenario);
      WorkerProcess second = scenario.startWorker().awaitReady();
      scenario.inject(
          "SIGSTOP of the leader with a transaction on Kafka open",
          () -> {
            failpoints.pause(Failpoint.AFTER_RELAY_SEND, 1);
            failpoints.awaitReached(Failpoint.AFTER_RELAY_SEND, PATIENCE);
            first.freeze();
          });
      long committed = failpoints.hits(Failpoint.AFTER_RELAY_COMMIT);
      awaitThat("the second leads", () -> leads(second));
      scenario.note("the second leads");
      scenario.awaitProgress();
      scenario.note("SIGCONT, and the commit");
      first.thaw();
      failpoints.release(Failpoint.AFTER_RELAY_SEND);
      awaitThat("the first stands by", () -> stands(first, "STANDBY"));
      assertThat(failpoints.hits(Failpoint.AFTER_RELAY_COMMIT))
          .as("commits of the zombie")
          .isEqualTo(committed);
      assertThat(leads(second)).as("the second still leads").isTrue();
      failpoints.requireNoneArmed();

      scenario.requireUnderLoad();
      scenario.inject("SIGSTOP of the leader", second::freeze);
      awaitThat("the first leads again", () -> leads(first));
      scenario.note("the first leads again");
      scenario.awaitProgress();
      scenario.note("SIGCONT");
      second.thaw();
      awaitThat("the second stands by", () -> stands(second, "STANDBY"));
      assertThat(leads(first)).as("the first still leads").isTrue();
      scenario.judge();
    }
  }

  @Test
  @Tag("faults")
  void handsOverWhenLeadersAreKilled() {
    try (Scenario scenario = new Scenario("leaders killed", cluster, 2, 600, 50)) {
      scenario.lastUntilJudged();
      for (int i = 0; i < 4; i++) {
        scenario.rest(Duration.ofMillis(500 + scenario.random().nextInt(3000)));
        WorkerProcess leader = leader(scenario);
        awaitThat(
            "another stands by",
            () -> scenario.workers().stream().anyMatch(each -> stands(each, "STANDBY")));
        scenario.requireUnderLoad();
        scenario.inject("SIGKILL of the leader", () -> scenario.kill(leader));
        long begin = System.nanoTime();
        leader(scenario);
        Duration time = Duration.ofNanos(System.nanoTime() - begin);
        scenario.note("another leads after %.1f s".formatted(time.toMillis() / 1e3));
        assertThat(time).as("hand-over").isLessThan(LONGEST_HAND_OVER);
        scenario.startWorker();
      }
      scenario.judge();
    }
  }

  @Test
  @Tag("faults")
  void hasOneLeaderWhenSeveralStartAtOnceOnAnEmptyDatabase() {
    try (Scenario scenario = new Scenario("race of starts", cluster, 3, 300, 60)) {
      scenario.note("three have started at once, to migrate and to race for the relay");
      awaitOneLeaderOf(scenario, 3);
      WorkerProcess leader = leader(scenario);
      scenario.inject("SIGKILL of the leader", () -> scenario.kill(leader));
      awaitOneLeaderOf(scenario, 2);
      scenario.judge();
    }
  }

  private static void awaitOneLeaderOf(Scenario scenario, int workers) {
    awaitThat(
        "all but one stand by",
        () -> {
          List<String> states =
              scenario.workers().stream()
                  .flatMap(worker -> worker.health("relay").stream())
                  .map(answer -> answer.body().contains("LEADING") ? "LEADING" : answer.body())
                  .toList();
          assertThat(states).filteredOn("LEADING"::equals).hasSizeLessThan(2);
          return states.contains("LEADING")
              && states.stream().filter(state -> state.contains("STANDBY")).count() == workers - 1;
        });
  }

  private static WorkerProcess leader(Scenario scenario) {
    return Awaitility.await("a leader")
        .atMost(PATIENCE)
        .until(
            () -> scenario.workers().stream().filter(RelayFaultIT::leads).findAny(),
            Optional::isPresent)
        .orElseThrow();
  }

  private static boolean leads(WorkerProcess worker) {
    return stands(worker, "LEADING");
  }

  private static boolean stands(WorkerProcess worker, String state) {
    return worker.health("relay").filter(answer -> answer.body().contains(state)).isPresent();
  }

  private static void awaitThat(String what, Callable<Boolean> condition) {
    Awaitility.await(what).atMost(PATIENCE).until(condition);
  }
}
