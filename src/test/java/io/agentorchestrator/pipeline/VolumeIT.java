package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** Many at once: nothing missing, nothing twice, nothing out of order. */
class VolumeIT {

  @Test
  void appliesAGoodCommandBehindTwoThousandPoisonRecords() {
    Pipeline pipeline = Pipeline.shared();
    UUID task = UUID.randomUUID();
    byte[] key = task.toString().getBytes(StandardCharsets.UTF_8);
    String topic = pipeline.site().topic("orchestrator.commands.tasks");
    List<ProducerRecord<byte[], byte[]>> poison = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      poison.add(
          new ProducerRecord<>(topic, key, ("poison " + i).getBytes(StandardCharsets.UTF_8)));
    }
    pipeline.sendRecords(poison);

    Event created = pipeline.ask(Commands.createTask(task));

    assertThat(created.type()).isEqualTo("task.created.v1");
    try (TopicReader deadLetters = pipeline.reader("orchestrator.commands.dead-letter")) {
      List<String> values =
          deadLetters.toTheEnd().stream()
              .filter(each -> each.value() != null)
              .map(each -> new String(each.value(), StandardCharsets.UTF_8))
              .filter(each -> each.startsWith("poison "))
              .toList();
      assertThat(values).hasSize(2000).doesNotHaveDuplicates();
    }
  }

  @Test
  void createsThreeThousandTasksOnceEach() throws Exception {
    Pipeline pipeline = Pipeline.shared();
    List<UUID> ids = LongStream.range(0, 3000).mapToObj(i -> UUID.randomUUID()).toList();

    pipeline.sendAll(ids.stream().map(Commands::createTask).toList());

    HashSet<String> wanted = new HashSet<>();
    ids.forEach(id -> wanted.add(id.toString()));
    List<Event> events =
        pipeline.events("3,000 creations", event -> wanted.contains(event.key()), 3000);
    assertThat(events).hasSize(3000);
    assertThat(events).extracting(Event::key).doesNotHaveDuplicates();
    assertThat(events).extracting(Event::type).containsOnly("task.created.v1");
    assertThat(count(pipeline, ids)).isEqualTo(3000);
  }

  @Test
  void tellsAThousandProgressReportsOfOneTaskWithoutAGap() {
    Pipeline pipeline = Pipeline.shared();
    UUID agent = UUID.randomUUID();
    UUID task = UUID.randomUUID();
    pipeline.ask(Commands.registerAgent(agent, 1));
    pipeline.ask(Commands.createTask(task));
    pipeline.ask(Commands.assign(task, agent));

    List<ObjectNode> reports = new ArrayList<>();
    for (int i = 1; i <= 1000; i++) {
      reports.add(
          Commands.word("task.progress.v1", task, agent, 1, Map.of("progress", i / 1000.0)));
    }
    pipeline.sendAll(reports);

    List<Event> events = pipeline.eventsAbout(task, 1002);
    assertThat(events)
        .extracting(Event::version)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, 1002).boxed().toList());
    assertThat(events).extracting(Event::position).isSorted();
    assertThat(events.getLast().changes().get("progress").doubleValue()).isEqualTo(1.0);
  }

  @Test
  void servesOneProducerWithTwoWorkers() throws Exception {
    try (Pipeline pipeline = Pipeline.start(2)) {
      List<UUID> tasks = LongStream.range(0, 500).mapToObj(i -> UUID.randomUUID()).toList();
      UUID agent = UUID.randomUUID();
      pipeline.ask(Commands.registerAgent(agent, 100));
      pipeline.sendAll(tasks.stream().map(Commands::createTask).toList());
      pipeline.events("creations", event -> event.type().equals("task.created.v1"), 500);

      List<ObjectNode> work = new ArrayList<>();
      for (UUID task : tasks) {
        work.add(Commands.assign(task, agent));
        work.add(Commands.word("task.complete.v1", task, agent, 1));
      }
      pipeline.sendAll(work);

      List<Event> events =
          pipeline.events(
              "an answer to each command",
              event ->
                  event.commandSource().equals(Commands.SOURCE)
                      && !event.type().startsWith("agent."),
              1500);
      assertThat(events).hasSize(1500);
      for (UUID task : tasks) {
        List<Event> life =
            events.stream()
                .filter(event -> task.toString().equals(event.key()))
                .filter(event -> !event.type().equals("command.rejected.v1"))
                .toList();
        assertThat(life)
            .extracting(Event::version)
            .containsExactlyElementsOf(LongStream.rangeClosed(1, life.size()).boxed().toList());
        assertThat(Folding.of(life)).isEqualTo(Folding.resource(pipeline, "/api/v2/tasks/", task));
      }
      assertThat(pipeline.get("/api/v2/agents/" + agent).get("running_tasks").intValue()).isZero();
    }
  }

  private static int count(Pipeline pipeline, List<UUID> ids) throws Exception {
    try (Connection connection = pipeline.database();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT count(*) FROM tasks WHERE id = ANY('{%s}'::uuid[])"
                    .formatted(String.join(",", ids.stream().map(UUID::toString).toList())))) {
      row.next();
      return row.getInt(1);
    }
  }
}
