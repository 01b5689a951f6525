package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.Frozen;
import io.agentorchestrator.local.LocalPostgres;
import io.agentorchestrator.local.LocalRunProcess;
import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.ReservedPort;
import io.agentorchestrator.local.Servers;
import io.agentorchestrator.local.Site;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The management port says what is the matter, soon after it began, whatever hangs. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OutageHealthIT {

  private final ReservedPort port = ReservedPort.take();
  private Path folder;
  private LocalPostgres postgres;
  private LocalRunProcess kafka;
  private Pipeline pipeline;
  private Health health;

  @BeforeAll
  void start(@TempDir Path folder) {
    this.folder = folder;
    postgres = Servers.startPostgres(folder);
    kafka = LocalRunProcess.startKafka(folder.resolve("kafka"), port.number());
    pipeline =
        Pipeline.at(Site.fresh(Servers.of(postgres.address(), "127.0.0.1:" + port.number())), 1);
    health = new Health(pipeline.worker().management());
    List.of("commands", "db", "engine", "kafka", "relay").forEach(health::awaitBack);
  }

  @AfterAll
  void stop() {
    pipeline.close();
    kafka.kill();
    postgres.close();
    port.close();
  }

  @Test
  @Order(1)
  void saysThatKafkaHangs() {
    Frozen.during(
        kafka.processes(),
        () -> {
          health.awaitSoon("kafka", "DOWN", "not answered");

          health.assertReadyForReads(true);
        });
    health.awaitBack("kafka");
  }

  @Test
  @Order(2)
  void saysThatKafkaIsAway() {
    kafka.kill();

    health.awaitSoon("kafka", "DOWN");

    health.assertReadyForReads(true);
    kafka = LocalRunProcess.startKafka(folder.resolve("kafka"), port.number());
    health.awaitBack("kafka");
  }

  @Test
  @Order(3)
  void saysThatPostgresHangs() {
    Frozen.during(
        postgres.processes(),
        () -> {
          health.awaitSoon("db", "DOWN", "not answered");

          health.assertReadyForReads(false);
        });
    health.awaitBack("db");
    health.assertReadyForReads(true);
  }

  @Test
  @Order(4)
  void saysThatPostgresIsAway() {
    postgres.kill();

    health.awaitSoon("db", "DOWN");
    health.awaitSoon("relay", "DOWN", "BACKING_OFF");

    health.assertReadyForReads(false);
    postgres.start();
    health.awaitBack("db");
    health.assertReadyForReads(true);
    health.awaitBack("relay");
  }

  @Test
  @Order(5)
  void saysThatCommandsWait() throws SQLException {
    execute(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON command_keys EXECUTE FUNCTION refuse();
        """);
    pipeline.send(Commands.registerAgent(UUID.randomUUID(), 1));

    health.awaitSoon("commands", "DOWN", "waiting_consumers");

    health.assertReadyForReads(true);
    execute("DROP TRIGGER refuse ON command_keys");
    health.awaitBack("commands");
  }

  @Test
  @Order(6)
  void saysThatTimersFail() throws SQLException {
    execute("ALTER TABLE heard_partitions RENAME TO heard");

    health.awaitSoon("engine", "DOWN", "failing");

    health.assertReadyForReads(true);
    execute("ALTER TABLE heard RENAME TO heard_partitions");
    health.awaitBack("engine");
  }

  @Test
  @Order(7)
  void saysThatAnotherWorkerLeadsTheRelay() {
    try (LocalWorker second = LocalWorker.start(pipeline.site())) {
      Health ofSecond = new Health(second.management());

      ofSecond.awaitSoon("relay", "UP", "STANDBY");

      ofSecond.assertReadyForReads(true);
    }
  }

  @Test
  @Order(8)
  void saysThatTheRelayIsRefused() throws SQLException {
    // Whoever reads from it has to be gone, and may not be there again.
    await()
        .pollInterval(Duration.ofMillis(5))
        .ignoreExceptionsInstanceOf(SQLException.class)
        .untilAsserted(
            () ->
                execute(
                    """
                    SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots;
                    SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots;
                    """));

    health.awaitSoon("relay", "DOWN", "REFUSED");

    health.assertReadyForReads(true);
    assertThat(health.awaitSoon("db", "UP").toString()).contains("no replication slot");
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = pipeline.database();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
