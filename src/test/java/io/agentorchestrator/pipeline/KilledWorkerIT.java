package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.Site;
import io.agentorchestrator.local.WorkerProcess;
import io.agentorchestrator.schemas.Schemas;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** A worker killed with SIGKILL in the middle of its work, and started again, three times. */
@Tag("faults")
class KilledWorkerIT {

  private static final int COMMANDS = 5000;
  private static final long SEED = 42;

  @Test
  void hasOneEffectACommandAndTellsItOnceAndInOrder() throws Exception {
    Site site = Site.fresh();
    UUID agent = UUID.randomUUID();
    List<UUID> tasks = new ArrayList<>();
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    Random random = new Random(SEED);
    try (KafkaProducer<byte[], byte[]> producer = Pipeline.producer(site)) {
      WorkerProcess worker =
          WorkerProcess.start(site, "--orchestrator.commands.max-poll-records=50").awaitReady();
      try (TopicReader log =
          new TopicReader(site.servers().bootstrapServers(), site.topic("orchestrator.log"))) {
        send(producer, site, Commands.registerAgent(agent, 100)).get();
        log.until("the agent", records -> !records.isEmpty());
        for (int i = 0; i < COMMANDS; i++) {
          UUID task = UUID.randomUUID();
          tasks.add(task);
          ObjectNode command = Commands.createTask(task);
          sent.add(send(producer, site, command));
          if (random.nextInt(10) == 0) {
            sent.add(send(producer, site, command));
          }
        }
        for (Future<RecordMetadata> each : sent) {
          each.get();
        }
        for (int kill = 1; kill <= 3; kill++) {
          int target = kill * COMMANDS / 5;
          await()
              .atMost(Duration.ofMinutes(3))
              .pollInterval(Duration.ofMillis(2))
              .until(() -> count(site, "tasks") >= target);
          worker.kill();
          assertThat(count(site, "tasks")).as("still at work when killed").isLessThan(COMMANDS);
          worker = WorkerProcess.start(site, "--orchestrator.commands.max-poll-records=50");
        }

        // It starts, the group lets go of the one before, and then it has its work to do.
        await().atMost(Duration.ofMinutes(3)).until(() -> count(site, "tasks") == COMMANDS);
        log.until("all", read -> read.size() > COMMANDS);
        List<ConsumerRecord<byte[], byte[]>> records = log.toTheEnd();

        Map<String, List<Event>> lives = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
          Event event = Event.of(record);
          assertThat(event.type()).isIn("agent.registered.v1", "task.created.v1");
          lives.computeIfAbsent(String.valueOf(event.key()), key -> new ArrayList<>()).add(event);
        }
        assertThat(lives).hasSize(COMMANDS + 1);
        lives
            .values()
            .forEach(
                life ->
                    assertThat(life)
                        .extracting(Event::version)
                        .containsExactlyElementsOf(
                            LongStream.rangeClosed(1, life.size()).boxed().toList()));
        assertThat(tasks).allSatisfy(task -> assertThat(lives.get(task.toString())).hasSize(1));
        assertThat(count(site, "orchestration_log")).isEqualTo(COMMANDS + 1);
      } finally {
        worker.kill();
      }
    }
  }

  private static Future<RecordMetadata> send(
      KafkaProducer<byte[], byte[]> producer, Site site, ObjectNode command) {
    String kind = command.get("type").stringValue().startsWith("agent") ? "agents" : "tasks";
    return producer.send(
        new ProducerRecord<>(
            site.topic("orchestrator.commands." + kind),
            command.get("subject").stringValue().getBytes(StandardCharsets.UTF_8),
            Schemas.JSON.writeValueAsBytes(command)));
  }

  private static int count(Site site, String table) throws Exception {
    try (Connection connection = DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
      row.next();
      return row.getInt(1);
    }
  }
}
