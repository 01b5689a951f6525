package io.agentorchestrator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.local.WorkerProcess;
import io.agentorchestrator.pipeline.Pipeline;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers end without a word, are asked to end, or stand still. */
@Order(2)
class WorkerFaultIT {

  /** Within which somebody is to be at work again after kills, on a machine that is busy. */
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(2);

  private final Cluster cluster = Cluster.shared();

  @TempDir private Path folder;

  @Test
  @Tag("quick-faults")
  void losesNothingWhenWorkersAreKilled() {
    killAgainAndAgain("kills", 2, 4, 250);
  }

  @Test
  @Tag("faults")
  void losesNothingWhenWorkersAreKilledAHundredTimes() {
    killAgainAndAgain("a hundred kills", 3, 100, 2000);
  }

  /** Every other one while it is at work, and any of them in between, also while it starts. */
  private void killAgainAndAgain(String name, int workers, int times, int stories) {
    try (Scenario scenario = new Scenario(name, cluster, workers, stories, 40)) {
      scenario.lastUntilJudged(Duration.ofSeconds(6L * times));
      int killedAtWork = 0;
      for (int kill = 0; kill < times; kill++) {
        WorkerProcess victim = kill % 2 == 0 ? anyAtWork(scenario) : anyAtAnyTime(scenario);
        boolean atWork = isAtWork(victim);
        killedAtWork += atWork ? 1 : 0;
        scenario.inject(
            "SIGKILL of worker %d, %s".formatted(victim.pid(), atWork ? "at work" : "starting"),
            () -> scenario.kill(victim));
        scenario.startWorker();
      }
      scenario.note("%d of %d killed at work".formatted(killedAtWork, times));
      scenario.judge();
      assertThat(killedAtWork).as("killed at work").isGreaterThanOrEqualTo(times * 2 / 5);
    }
  }

  private static WorkerProcess anyAtAnyTime(Scenario scenario) {
    scenario.rest(Duration.ofMillis(200 + scenario.random().nextInt(3000)));
    return scenario.anyWorker();
  }

  /** One that has applied commands, at a moment when commands are applied; any if that is late. */
  private static WorkerProcess anyAtWork(Scenario scenario) {
    long applied = scenario.applied();
    List<WorkerProcess> atWork = new ArrayList<>();
    try {
      Awaitility.await("workers at work")
          .atMost(LONGEST_PAUSE)
          .pollInterval(Scenario.LOOK_AGAIN)
          .until(
              () -> {
                atWork.clear();
                scenario.workers().stream().filter(WorkerFaultIT::isAtWork).forEach(atWork::add);
                return !atWork.isEmpty() && scenario.applied() > applied;
              });
      return atWork.get(scenario.random().nextInt(atWork.size()));
    } catch (ConditionTimeoutException e) {
      return scenario.anyWorker();
    }
  }

  private static boolean isAtWork(WorkerProcess worker) {
    return worker.isReady() && Metrics.sum(worker, "orchestrator_commands_total") > 0;
  }

  @Test
  @Tag("faults")
  void endsInOrderInTheMiddleOfItsWork() {
    try (Scenario scenario = new Scenario("SIGTERM", cluster, 1, 350, 80)) {
      scenario.lastUntilJudged(Duration.ofSeconds(30));
      for (int i = 0; i < 3; i++) {
        scenario.rest(Duration.ofMillis(500 + scenario.random().nextInt(2000)));
        scenario.awaitProgress();
        scenario.requireUnderLoad();
        WorkerProcess worker = scenario.workers().getFirst();
        scenario.inject("SIGTERM", () -> scenario.stop(worker));
        scenario.startWorker();
        scenario.awaitReady();
      }
      scenario.judge();
    }
  }

  /** That of the workers' machine, and that of the database's, forward and back. */
  @Test
  @Tag("faults")
  void countsOnNoWallClock() {
    Path clock = folder.resolve("clock");
    String moved = WallClockAgent.jvmOption(clock);
    try (Scenario scenario =
        new Scenario("wall clock", cluster, start -> start.jvm(moved), 300, 40)) {
      WorkerProcess worker = scenario.workers().getFirst();
      for (int hours : List.of(1, -1, 2, 0)) {
        Duration ahead = Duration.ofHours(hours);
        scenario.rest(Duration.ofSeconds(2));
        scenario.inject(
            "the worker's clock %d h ahead".formatted(hours),
            () -> WallClockAgent.move(clock, ahead));
        scenario.rest(Duration.ofSeconds(2));
        assertThat(Duration.between(Instant.now(), timeOf(worker)))
            .isBetween(ahead.minusSeconds(30), ahead.plusSeconds(30));
        // Not back in the end: what became due at that time would be due in an hour.
        Duration ofDatabase = Duration.ofHours(hours == 1 ? 0 : 1);
        scenario.inject(
            "the database's clock %s ahead".formatted(ofDatabase),
            () -> Pipeline.moveClock(scenario.site(), ofDatabase));
      }
      scenario.judge();
    }
  }

  /** What the worker thinks it is, to the second. */
  private static Instant timeOf(WorkerProcess worker) {
    String date =
        Awaitility.await("what the worker thinks it is")
            .atMost(Duration.ofMinutes(2))
            .until(
                () ->
                    worker
                        .health("liveness")
                        .flatMap(answer -> answer.headers().firstValue("Date")),
                Optional::isPresent)
            .orElseThrow();
    return ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
  }

  /** Whose partitions are others' by then, and whose sessions the database has ended. */
  @Test
  @Tag("faults")
  void goesOnAfterItStoodStillForLongerThanTheGroupWaits() {
    try (Scenario scenario =
        new Scenario(
            "SIGSTOP",
            cluster,
            2,
            500,
            30,
            "--spring.kafka.consumer.properties.max.poll.interval.ms=12000",
            "--orchestrator.database.pool-timeout=11",
            "--orchestrator.database.timeouts.lock=6",
            "--orchestrator.database.timeouts.statement=8",
            "--orchestrator.database.timeouts.idle-in-transaction=9",
            "--orchestrator.database.timeouts.transaction=11")) {
      for (int i = 0; i < 2; i++) {
        scenario.rest(Duration.ofSeconds(3));
        WorkerProcess worker = scenario.anyWorker();
        scenario.inject("SIGSTOP of worker " + worker.pid(), worker::freeze);
        scenario.rest(Duration.ofSeconds(20));
        scenario.note("SIGCONT");
        worker.thaw();
      }
      scenario.judge();
    }
  }
}
