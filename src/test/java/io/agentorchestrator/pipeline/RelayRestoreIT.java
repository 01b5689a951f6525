package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.cli.CliRun;
import io.agentorchestrator.local.Folders;
import io.agentorchestrator.local.LocalPostgres;
import io.agentorchestrator.local.Servers;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.schemas.Schemas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A database that is restored from a backup while the log topic is further: no worker writes to it
 * before it is brought forward, and then all goes on as if nothing had been.
 */
@Tag("faults")
class RelayRestoreIT {

  private static final int STEPS = 1500;
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** Less than what is taken for a gap in which nobody heard. */
  private static final Duration STEP = Duration.ofSeconds(2);

  private final long seed = Long.getLong("orchestrator.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final RandomFleet fleet = new RandomFleet(seed, unused -> {});
  private final RandomWork work = new RandomWork(random, fleet);

  /** How far the clock was moved, so that leases and deadlines run out. */
  private Duration ahead = Duration.ZERO;

  @Test
  @SuppressWarnings("try") // Closed, it can be started again.
  void goesOnAsIfNothingHadBeen(@TempDir Path folder) throws Exception {
    try (LocalPostgres postgres = Servers.startPostgres(folder)) {
      Site site = Site.fresh(Servers.of(postgres.address(), Servers.shared().bootstrapServers()));
      // Given
      live(site, "before");
      postgres.close();
      Path data = folder.resolve("postgres");
      Path backup = folder.resolve("backup");
      copy(data, backup);
      postgres.start();
      live(site, "then");
      Map<String, Set<String>> before = DatabaseState.of(site);
      postgres.close();
      Folders.delete(data);
      copy(backup, data);
      postgres.start();
      Pipeline.moveClock(site, ahead); // No backup takes the time back.

      // When
      ObjectNode meanwhile = Commands.createTask(UUID.randomUUID());
      assertWritesNothing(site, meanwhile);

      // Then
      CliRun looked = CliRun.at(site, "relay", "repair", "--after-restore", "--dry-run");
      assertThat(looked.exit()).as(looked.err()).isZero();
      assertThat(looked.text()).contains("Would be repaired: ", "entries brought back");
      CliRun refused = CliRun.at(site, "relay", "repair");
      assertThat(refused.exit()).isEqualTo(1);
      assertThat(refused.text())
          .contains("Refused; nothing was changed.", "run `relay repair --after-restore`");
      CliRun repaired = CliRun.at(site, "relay", "repair", "--after-restore", "--json");
      assertThat(repaired.exit()).as(repaired.err()).isZero();
      JsonNode report = Schemas.parse(repaired.out());
      assertThat(report.get("outcome").stringValue()).isEqualTo("repaired");
      assertThat(report.get("published").intValue()).isZero();
      assertThat(report.get("restored").intValue()).isPositive();
      assertThat(report.get("folds_verified").intValue())
          .isEqualTo(
              report.get("entities").properties().stream()
                  .mapToInt(each -> each.getValue().intValue())
                  .sum());
      assertSame(DatabaseState.of(site), before);
      assertAllGoesOn(site, meanwhile);
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("With -Dorchestrator.seed=" + seed + ": " + e.getMessage(), e);
    }
  }

  private static void assertSame(
      Map<String, Set<String>> actual, Map<String, Set<String>> expected) {
    expected.forEach(
        (table, rows) ->
            assertThat(actual.get(table)).as("rows of %s", table).isEqualTo(rows).isNotEmpty());
  }

  private static boolean isGivenUp(Connection connection, UUID agent) throws SQLException {
    return Settling.count(
            connection,
            "SELECT count(*) FROM orchestration_log WHERE operation = 'agent.expire'"
                + " AND entity_id = '%s'".formatted(agent))
        > 0;
  }

  /** Two services that are unhealthy at once, of which one is at another URL each time. */
  private static String[] services(String time) {
    return new String[] {
      "--orchestrator.services[0].name=Moving",
      "--orchestrator.services[0].url=http://10.0.0.1/" + time,
      "--orchestrator.services[0].failure-threshold=1",
      "--orchestrator.services[1].name=Only " + time,
      "--orchestrator.services[1].url=http://10.0.0.1/",
      "--orchestrator.services[1].failure-threshold=1"
    };
  }

  /** Lets all sorts of things happen, and ends with all of it told. */
  private void live(Site site, String time) throws SQLException {
    try (Pipeline pipeline = Pipeline.at(site, 1, services(time));
        Connection connection = pipeline.database()) {
      pipeline.sendRecords(List.of(oddTask(site)));
      for (int step = 0; step < STEPS; step += 15) {
        work.look(connection);
        List<ObjectNode> some = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
          some.addAll(random.nextInt(8) == 0 ? fleet.step(random) : work.step());
        }
        some.add(some.get(random.nextInt(some.size()))); // Twice.
        pipeline.sendAll(some);
      }
      UUID lost = UUID.randomUUID();
      UUID task = UUID.randomUUID();
      pipeline.ask(Commands.registerLeased(lost, 10));
      pipeline.ask(Commands.createTask(task));
      pipeline.ask(Commands.assign(task, lost));
      MovedClock clock = new MovedClock(pipeline, ahead);
      // More often than a lease is long, should somebody not have been heard for a while.
      for (int move = 0; move < 8 || (move < 40 && !isGivenUp(connection, lost)); move++) {
        clock.letPass(STEP);
        ahead = ahead.plus(STEP);
        pipeline.sendAll(fleet.heartbeats());
      }
      pipeline.sendAll(outOfTheOrdinary());
      pipeline.sendRecords(unreadable(site));
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  Settling.count(
                          connection,
                          """
                          SELECT count(*) FROM service_health
                          WHERE url LIKE '%%/%1$s' OR name = 'Only %1$s'
                          """
                              .formatted(time))
                      == 2);
      List<Event> told = pipeline.settled();
      assertThat(told)
          .as("something of everything happened")
          .extracting(event -> event.data().get("operation").stringValue())
          .contains(
              "agent.expire",
              "task.time-out",
              "task.fail",
              "workflow.pause",
              "agents.bulk",
              "service.check");
    }
    // What dispatch and timers did last is told as well, and nothing is done any more.
    try (Pipeline pipeline =
        Pipeline.at(
            site,
            1,
            "--orchestrator.dispatch.enabled=false",
            "--orchestrator.timers.enabled=false")) {
      pipeline.settled();
    }
  }

  private List<ObjectNode> outOfTheOrdinary() {
    UUID agent = fleet.any(random);
    ObjectNode reused = Commands.createTask(UUID.randomUUID());
    ObjectNode again = Commands.createTask(UUID.randomUUID());
    again.set("id", reused.get("id"));
    again.put("subject", reused.get("subject").stringValue());
    ((ObjectNode) again.get("data")).put("description", "Another content.");
    return List.of(
        Commands.bulk("deactivate", "best_effort", List.of(agent, UUID.randomUUID())),
        Commands.bulk("reset_status", "best_effort", fleet.agents()),
        Commands.bulk("activate", "atomic", List.of(UUID.randomUUID())),
        Commands.heartbeat(UUID.randomUUID()),
        reused,
        again);
  }

  /** With numbers that a parser would write in another way. */
  private static ProducerRecord<byte[], byte[]> oddTask(Site site) {
    ObjectNode command =
        Commands.autoTask(UUID.randomUUID(), Map.of("input", Map.of("n", 4711)), "java");
    ProducerRecord<byte[], byte[]> plain = Pipeline.record(site, command);
    String value = new String(plain.value(), StandardCharsets.UTF_8);
    return new ProducerRecord<>(
        plain.topic(),
        plain.key(),
        value
            .replace("\"n\":4711", "\"n\":1E2,\"m\":1.10,\"ü\":[{ \"k\":-0.0 }]")
            .getBytes(StandardCharsets.UTF_8));
  }

  private static List<ProducerRecord<byte[], byte[]>> unreadable(Site site) {
    ObjectNode typo = Commands.createTask(UUID.randomUUID());
    ((ObjectNode) typo.get("data")).put("descripton", "x");
    ProducerRecord<byte[], byte[]> audited = Pipeline.record(site, typo);
    return List.of(
        audited, new ProducerRecord<>(audited.topic(), audited.key(), new byte[] {1, 2, 3}));
  }

  private static void assertWritesNothing(Site site, ObjectNode command) throws SQLException {
    int entries = Settling.count(site, "SELECT count(*) FROM orchestration_log");
    try (Pipeline pipeline = Pipeline.at(site, 1)) {
      pipeline.send(command);
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(health(pipeline, "commands").toString())
                    .contains("Commands wait: The relay has not confirmed");
                assertThat(health(pipeline, "relay").toString())
                    .contains("REFUSED", "relay repair --after-restore")
                    .containsPattern("checkpoint [0-9A-F]+/[0-9A-F]+")
                    .containsPattern("its WAL ends at [0-9A-F]+/[0-9A-F]+");
              });
      // Whatever the WAL has come to: it is the entry that is missed.
      try (Connection connection =
              DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
          Statement statement = connection.createStatement()) {
        statement.execute("CREATE TABLE other AS SELECT generate_series(1, 200000) AS n");
        statement.execute("DROP TABLE other");
      }
      CliRun status = CliRun.at(site, "relay", "status");
      assertThat(status.exit()).isEqualTo(1);
      assertThat(status.text()).contains("--after-restore", "workers      wait: no relay has seen");
    }
    assertThat(Settling.count(site, "SELECT count(*) FROM orchestration_log")).isEqualTo(entries);
  }

  private void assertAllGoesOn(Site site, ObjectNode meanwhile) throws SQLException {
    try (Pipeline pipeline = Pipeline.at(site, 1);
        Connection connection = pipeline.database()) {
      Tables.assertConsistent(connection);
      assertThat(pipeline.eventsOf(meanwhile, 1))
          .extracting(Event::type)
          .containsExactly("task.created.v1");
      pipeline.sendAll(fleet.becomeReliable());
      pipeline.sendAll(List.of(Commands.bulk("activate", "best_effort", fleet.agents())));
      MovedClock clock = new MovedClock(pipeline, ahead);
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                clock.move(Duration.ofSeconds(2));
                Tables.assertConsistent(connection);
                work.look(connection);
                pipeline.sendAll(work.bringToAnEnd());
                return work.isAllDone();
              });
      new Histories(pipeline.settled()).assertTold(pipeline.worker().rest());
      Tables.assertConsistent(connection);
      assertThat(CliRun.at(site, "relay", "status").exit()).isZero();
      assertThat(CliRun.at(site, "relay", "repair", "--dry-run").text()).contains("Nothing to do.");
    }
  }

  private static JsonNode health(Pipeline pipeline, String component) {
    return Schemas.parse(
        Pipeline.http(pipeline.worker().management().resolve("/actuator/health/" + component))
            .body()
            .getBytes(StandardCharsets.UTF_8));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : (Iterable<Path>) all::iterator) {
        Files.copy(
            each, to.resolve(from.relativize(each).toString()), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }
}
