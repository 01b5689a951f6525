package io.agentorchestrator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.local.WorkerProcess;
import io.agentorchestrator.pipeline.Pipeline;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers end without a word, are asked to end, or stand still. */
class WorkerFaultIT {

  private final Cluster cluster = Cluster.shared();

  @TempDir private Path folder;

  @Test
  @Tag("quick-faults")
  void losesNothingWhenWorkersAreKilled() {
    killAgainAndAgain("kills", 4, 350);
  }

  @Test
  @Tag("faults")
  void losesNothingWhenWorkersAreKilledAHundredTimes() {
    killAgainAndAgain("a hundred kills", 100, 6000);
  }

  /** Some are killed while they start. */
  private void killAgainAndAgain(String name, int times, int stories) {
    try (Scenario scenario = new Scenario(name, cluster, 2, stories, 60)) {
      for (int kill = 0; kill < times; kill++) {
        scenario.rest(Duration.ofMillis(500 + scenario.random().nextInt(5000)));
        WorkerProcess victim = scenario.anyWorker();
        scenario.inject("SIGKILL of worker " + victim.pid(), () -> scenario.kill(victim));
        scenario.startWorker();
      }
      scenario.judge();
    }
  }

  @Test
  @Tag("faults")
  void endsInOrderInTheMiddleOfItsWork() {
    try (Scenario scenario = new Scenario("SIGTERM", cluster, 1, 350, 80)) {
      for (int i = 0; i < 3; i++) {
        scenario.rest(Duration.ofMillis(500 + scenario.random().nextInt(2000)));
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
        worker.health("liveness").orElseThrow().headers().firstValue("Date").orElseThrow();
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
