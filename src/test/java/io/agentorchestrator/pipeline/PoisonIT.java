package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.schemas.Schemas;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Commands that PostgreSQL cannot take, among others that it can. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PoisonIT {

  private static final int GOOD = 40;

  private final Pipeline pipeline = Pipeline.start(1);
  private final String topic = pipeline.site().topic("orchestrator.commands.tasks");
  private final byte[] key = UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8);

  @BeforeAll
  void poison() throws Exception {
    execute(
        """
        CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.description = 'poison' THEN
            RAISE EXCEPTION 'poison' USING ERRCODE = '22012';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER refuse_poison BEFORE INSERT ON tasks
          FOR EACH ROW EXECUTE FUNCTION refuse_poison();
        """);
  }

  @AfterAll
  void close() {
    pipeline.close();
  }

  @Test
  void setsAsideWhatFailsAloneAndAppliesAllAroundIt() throws Exception {
    UUID agent = UUID.randomUUID();
    pipeline.ask(Commands.registerAgent(agent, 100));
    List<ObjectNode> poison = List.of(poisonous(), poisonous());
    List<ObjectNode> sent = new ArrayList<>();
    List<UUID> tasks = new ArrayList<>();
    for (int i = 0; i < GOOD; i++) {
      UUID task = UUID.randomUUID();
      tasks.add(task);
      sent.add(Commands.createTask(task));
      sent.add(Commands.assign(task, agent));
      if (i == 13) {
        sent.add(poison.getFirst());
      }
      sent.add(Commands.word("task.start.v1", task, agent, 1));
      if (i == 14) {
        sent.add(poison.getLast());
      }
      sent.add(Commands.word("task.complete.v1", task, agent, 1));
    }
    sent.add(Commands.cancel(UUID.randomUUID()));
    sent.add(sent.getFirst());

    List<RecordMetadata> places = pipeline.sendRecords(sent.stream().map(this::record).toList());
    List<Event> events = pipeline.settled();

    for (UUID task : tasks) {
      List<Event> life =
          events.stream().filter(event -> task.toString().equals(event.key())).toList();
      assertThat(life)
          .extracting(Event::type)
          .containsExactly(
              "task.created.v1", "task.assigned.v1", "task.started.v1", "task.completed.v1");
      assertThat(life).extracting(Event::version).containsExactly(1L, 2L, 3L, 4L);
      assertThat(Folding.of(life)).isEqualTo(Folding.resource(pipeline, "/api/v2/tasks/", task));
    }
    assertThat(events).hasSize(1 + 4 * GOOD + poison.size() + 1);
    assertThat(Settling.count(pipeline.site(), "SELECT count(*) FROM tasks")).isEqualTo(GOOD);
    try (TopicReader reader = pipeline.reader("orchestrator.commands.dead-letter")) {
      List<ConsumerRecord<byte[], byte[]>> deadLetters = reader.toTheEnd();
      assertThat(deadLetters).hasSize(poison.size());
      for (int i = 0; i < poison.size(); i++) {
        ObjectNode command = poison.get(i);
        RecordMetadata place = places.get(sent.indexOf(command));
        assertSetAside(deadLetters.get(i), command, place);
        assertAudited(events, command, place);
      }
    }
    await()
        .untilAsserted(
            () -> {
              assertCounted("task.create.v1", "accepted", GOOD);
              assertCounted("task.create.v1", "dead_lettered", poison.size());
              assertCounted("task.create.v1", "duplicate", 1);
              assertCounted("task.create.v1", "rejected", 0);
              assertCounted("task.assign.v1", "accepted", GOOD);
              assertCounted("task.start.v1", "accepted", GOOD);
              assertCounted("task.complete.v1", "accepted", GOOD);
              assertCounted("task.cancel.v1", "rejected", 1);
              assertCounted("agent.register.v1", "accepted", 1);
              assertThat(counted("orchestrator_commands_total")).isEqualTo(sent.size() + 1);
            });
    assertThat(counted("orchestrator_dead_letters_total", "reason=\"PROCESSING_FAILED\""))
        .isEqualTo(poison.size());
    assertThat(counted("orchestrator_database_errors_total", "sqlstate_class=\"22\"")).isPositive();

    execute("DROP TRIGGER refuse_poison ON tasks");
    for (ObjectNode command : poison) {
      pipeline.send(command);
      Event created = pipeline.eventsOf(command, 2).getLast();
      assertThat(created.type()).isEqualTo("task.created.v1");
      assertThat(created.version()).isEqualTo(1);
      JsonNode outcomes =
          pipeline.get("/api/v2/commands?id=" + command.get("id").stringValue()).get("commands");
      assertThat(outcomes.values())
          .extracting(each -> each.get("outcome").stringValue())
          .containsExactly("dead_lettered", "accepted");
    }
  }

  private void assertSetAside(
      ConsumerRecord<byte[], byte[]> deadLetter, ObjectNode command, RecordMetadata place) {
    assertThat(deadLetter.key()).isEqualTo(key);
    assertThat(deadLetter.value()).isEqualTo(Schemas.JSON.writeValueAsBytes(command));
    assertThat(header(deadLetter, "own")).isEqualTo("header");
    assertThat(header(deadLetter, "dlt_reason")).isEqualTo("PROCESSING_FAILED");
    assertThat(header(deadLetter, "dlt_message")).contains("22012");
    assertThat(header(deadLetter, "dlt_topic")).isEqualTo(topic);
    assertThat(header(deadLetter, "dlt_partition")).isEqualTo(String.valueOf(place.partition()));
    assertThat(header(deadLetter, "dlt_offset")).isEqualTo(String.valueOf(place.offset()));
  }

  private static void assertAudited(List<Event> events, ObjectNode command, RecordMetadata place) {
    List<Event> told =
        events.stream()
            .filter(event -> event.commandId().equals(command.get("id").stringValue()))
            .toList();
    assertThat(told).hasSize(1);
    Event audited = told.getFirst();
    assertThat(audited.type()).isEqualTo("command.dead-lettered.v1");
    assertThat(audited.key()).isEqualTo(command.get("subject").stringValue());
    assertThat(audited.data().get("entity_version").isNull()).isTrue();
    assertThat(audited.details().get("reason").stringValue()).isEqualTo("PROCESSING_FAILED");
    assertThat(audited.details().get("partition").intValue()).isEqualTo(place.partition());
    assertThat(audited.details().get("offset").longValue()).isEqualTo(place.offset());
  }

  private void assertCounted(String type, String outcome, int times) {
    assertThat(
            counted(
                "orchestrator_commands_total",
                "type=\"%s\"".formatted(type),
                "outcome=\"%s\"".formatted(outcome)))
        .as("%s %s", type, outcome)
        .isEqualTo(times);
  }

  private double counted(String name, String... tags) {
    return Pipeline.counted(pipeline.worker(), name, tags);
  }

  private static ObjectNode poisonous() {
    return Commands.createTask(UUID.randomUUID(), Map.of("description", "poison"));
  }

  /** All with one key, so that they lie on one partition, one behind the other. */
  private ProducerRecord<byte[], byte[]> record(ObjectNode command) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topic, key, Schemas.JSON.writeValueAsBytes(command));
    record.headers().add("own", "header".getBytes(StandardCharsets.UTF_8));
    return record;
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = pipeline.database();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
