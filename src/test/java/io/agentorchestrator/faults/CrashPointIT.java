package io.agentorchestrator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.local.WorkerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** A worker dies, or is told of a failure, at the very place where that hurts most. */
@Order(1)
class CrashPointIT {

  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private final Cluster cluster = Cluster.shared();

  @TempDir private Path folder;

  /** The database has decided, and Kafka has what is not decided there. */
  @ParameterizedTest
  @Tag("quick-faults")
  @EnumSource(names = "AFTER_RELAY_SEND")
  void losesAndRepeatsNothingAfterAnEnd(Failpoint point) {
    dieAt(point, 2);
  }

  @ParameterizedTest
  @Tag("faults")
  @EnumSource(mode = Mode.EXCLUDE, names = "AFTER_RELAY_SEND")
  void losesAndRepeatsNothingAfterAnEndElsewhere(Failpoint point) {
    dieAt(point, 2);
  }

  /** All the load is applied by workers that die. */
  private void dieAt(Failpoint point, int times) {
    Failpoints failpoints = Failpoints.in(folder);
    // Few stories have anything that becomes overdue.
    int stories = mostHits(point) == 1 ? 500 : 250;
    try (Scenario scenario = new Scenario("end at " + point, cluster, failpoints, stories, 100)) {
      for (int i = 0; i < times; i++) {
        int nth = 1 + scenario.random().nextInt(mostHits(point));
        WorkerProcess worker = scenario.workers().getFirst();
        scenario.inject(
            "end at hit %d of %s".formatted(nth, point),
            () -> {
              failpoints.halt(point, nth);
              failpoints.awaitReached(point, PATIENCE);
            });
        assertThat(worker.awaitEnd(PATIENCE)).isEqualTo(137);
        scenario.forget(worker);
        scenario.startWorker(failpoints);
      }
      scenario.judge();
      failpoints.requireNoneArmed();
    }
  }

  /** What is overdue is so together, and then it takes one transaction. */
  private static int mostHits(Failpoint point) {
    return switch (point) {
      case BEFORE_TIMERS_COMMIT, AFTER_TIMERS_COMMIT -> 1;
      case BEFORE_DEAD_LETTER_SEND, AFTER_DEAD_LETTER_SEND -> 2;
      default -> 4;
    };
  }

  @ParameterizedTest
  @Tag("faults")
  @EnumSource(names = {"BEFORE_DATABASE_COMMIT", "AFTER_DATABASE_COMMIT"})
  void runsAgainWhateverTheDatabaseSaysOfACommit(Failpoint point) {
    Failpoints failpoints = Failpoints.in(folder);
    try (Scenario scenario = new Scenario("refused " + point, cluster, failpoints, 450, 60)) {
      for (String sqlState : List.of("40001", "40P01", "55P03", "08006", "57P01", "53200")) {
        scenario.rest(Duration.ofMillis(scenario.random().nextInt(1000)));
        scenario.inject(
            "%s five times %s".formatted(sqlState, point),
            () -> {
              failpoints.throwSql(point, sqlState, 1, 5);
              failpoints.awaitReached(point, PATIENCE);
            });
      }
      scenario.judge();
      failpoints.requireNoneArmed();
    }
  }

  @ParameterizedTest
  @Tag("faults")
  @EnumSource(names = {"AFTER_RELAY_SEND", "AFTER_RELAY_COMMIT"})
  void readsTheCheckpointWhenNobodyKnowsOfACommitOnKafka(Failpoint point) {
    Failpoints failpoints = Failpoints.in(folder);
    try (Scenario scenario = new Scenario("time-out " + point, cluster, failpoints, 250, 60)) {
      for (int i = 0; i < 4; i++) {
        scenario.rest(Duration.ofMillis(300 + scenario.random().nextInt(1000)));
        scenario.inject(
            "time-out " + point,
            () -> {
              failpoints.throwTimeout(point, 1, 1);
              failpoints.awaitReached(point, PATIENCE);
            });
      }
      scenario.judge();
      failpoints.requireNoneArmed();
    }
  }

  @Test
  @Tag("faults")
  void endsWithoutMemoryAndGoesOnInTheNextStart() {
    Failpoints failpoints = Failpoints.in(folder);
    try (Scenario scenario = new Scenario("out of memory", cluster, failpoints, 250, 60)) {
      WorkerProcess worker = scenario.workers().getFirst();
      scenario.awaitSent(0.3);
      scenario.inject(
          "out of memory", () -> failpoints.throwOutOfMemory(Failpoint.BEFORE_DATABASE_COMMIT, 1));
      assertThat(worker.awaitEnd(PATIENCE)).isEqualTo(3); // As the JVM says of this option.
      scenario.forget(worker);
      scenario.startWorker();
      scenario.judge();
      failpoints.requireNoneArmed();
    }
  }
}
