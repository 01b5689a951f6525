package io.agentorchestrator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.cli.CliRun;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.local.WorkerProcess;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What does not mend itself: the relay refuses to go on and says what to run, and that is run,
 * while commands come.
 */
@Tag("faults")
class RepairFaultIT {

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Cluster cluster = Cluster.shared();

  @TempDir private Path folder;

  @Test
  void makesTheSlotAnewThatSomebodyDropped() {
    try (Scenario scenario = new Scenario("slot dropped", cluster, 2, 250, 50)) {
      scenario.awaitSent(0.3);
      scenario.inject("slot dropped", () -> dropSlot(scenario.site()));
      // Made anew by Debezium, if that was just about to look.
      awaitRefusal(scenario, "but there is none", "or made anew");
      scenario.awaitSent(0.6);
      repair(scenario);
      scenario.judge();
    }
  }

  private static void dropSlot(Site site) {
    Awaitility.await("a moment without a reader")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .ignoreExceptionsInstanceOf(IllegalStateException.class)
        .until(
            () -> {
              Databases.rows(
                  site,
                  """
                  SELECT pg_terminate_backend(active_pid, 1000) FROM pg_replication_slots
                   WHERE slot_name = '%s' AND active_pid IS NOT NULL
                  """
                      .formatted(site.name()));
              Databases.rows(site, "SELECT pg_drop_replication_slot('%s')".formatted(site.name()));
              return true;
            });
  }

  @Test
  void makesTheSlotAnewOfWhichPostgresHasGivenTheWalAway() {
    try (Cluster own = Cluster.fresh();
        Scenario scenario = new Scenario("slot lost", own, 1, 250, 50)) {
      Site site = scenario.site();
      Databases.execute(site, "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'");
      Databases.execute(site, "SELECT pg_reload_conf()");
      scenario.awaitSent(0.3);
      WorkerProcess worker = scenario.workers().getFirst();
      scenario.inject(
          "SIGSTOP of the worker until its slot is lost",
          () -> {
            worker.freeze();
            loseSlot(site);
          });
      scenario.note("SIGCONT");
      worker.thaw();
      awaitRefusal(scenario, "wal_status is lost");
      Databases.execute(site, "ALTER SYSTEM RESET max_slot_wal_keep_size");
      Databases.execute(site, "SELECT pg_reload_conf()");
      scenario.awaitSent(0.6);
      repair(scenario);
      scenario.judge();
    }
  }

  private static void loseSlot(Site site) {
    Awaitility.await("a slot that is lost")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> {
              Databases.execute(
                  site, "SELECT pg_logical_emit_message(false, 'fill', repeat('x', 100000))");
              Databases.execute(site, "SELECT pg_switch_wal()");
              Databases.execute(site, "CHECKPOINT");
              return Databases.count(
                      site,
                      """
                      SELECT count(*) FROM pg_replication_slots
                       WHERE slot_name = '%s' AND wal_status = 'lost'
                      """
                          .formatted(site.name()))
                  == 1;
            });
  }

  @Test
  void findsOutWhatIsPublishedWhenTheCheckpointIsGone() {
    try (Scenario scenario = new Scenario("checkpoint emptied", cluster, 1, 250, 50)) {
      scenario.awaitSent(0.3);
      scenario.awaitPublished();
      scenario.inject(
          "SIGKILL of the worker, and its checkpoint is deleted",
          () -> {
            scenario.kill(scenario.workers().getFirst());
            deleteTopic(scenario.site(), "orchestrator.relay.checkpoint");
          });
      scenario.startWorker();
      awaitRefusal(scenario, "Expected a checkpoint of the slot");
      scenario.awaitSent(0.6);
      repair(scenario);
      scenario.judge();
    }
  }

  private static void deleteTopic(Site site, String name) {
    String topic = site.topic(name);
    Broker.ask(
        site,
        admin -> {
          admin.deleteTopics(List.of(topic)).all().get();
          Awaitility.await("the end of the topic")
              .atMost(PATIENCE)
              .until(() -> !admin.listTopics().names().get().contains(topic));
        });
  }

  /** All that was told before is brought back into the database. */
  @Test
  void bringsABackupForwardThatIsOlderThanTheTopic() {
    Path backup = folder.resolve("backup");
    try (Cluster own = Cluster.fresh();
        Scenario scenario =
            new Scenario("restore", own, Plan.Repetitions.OF_COMMANDS_THAT_TELL, 1, 300, 50)) {
      scenario.awaitSent(0.3);
      scenario.note("backup, for which PostgreSQL is stopped");
      own.postgres().backUp(backup);
      // Else the backup might hold all that was told.
      scenario.awaitProgress();
      scenario.awaitSent(0.6);
      scenario.stop(scenario.workers().getFirst());
      // What nobody was told of is lost with the database.
      repair(scenario);
      scenario.inject("restore of the backup", () -> own.postgres().restore(backup));
      scenario.startWorker();
      awaitRefusal(scenario, "relay repair --after-restore");
      repair(scenario, "--after-restore");
      scenario.judge();
    }
  }

  private static void awaitRefusal(Scenario scenario, String... reasons) {
    Awaitility.await("a relay that refuses: " + String.join(", or: ", reasons))
        .atMost(PATIENCE)
        .until(
            () ->
                scenario.workers().stream()
                    .flatMap(worker -> worker.health("relay").stream())
                    .map(HttpResponse::body)
                    .anyMatch(
                        body ->
                            body.contains("REFUSED")
                                && Stream.of(reasons).anyMatch(body::contains)));
    scenario.note("the relay refuses");
  }

  private static void repair(Scenario scenario, String... options) {
    List<String> command = new ArrayList<>(List.of("relay", "repair"));
    command.addAll(List.of(options));
    CliRun run = CliRun.at(scenario.site(), command.toArray(String[]::new));
    assertThat(run.exit()).as(run.text() + run.err()).isZero();
    scenario.note(String.join(" ", command));
  }
}
