package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.cli.CliRun;
import io.agentorchestrator.schemas.Schemas;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Dead letters listed, shown and re-driven from the command line. Their cause is a database that
 * fails over commands of some sources, until it is mended.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedriveIT {

  private final Pipeline pipeline = Pipeline.start(1);
  private final String tasks = pipeline.site().topic("orchestrator.commands.tasks");
  private final String deadLetters = pipeline.site().topic("orchestrator.commands.dead-letter");

  /** Of one test alone, so that each can pick out its own by the key. */
  private int sources;

  @TempDir private Path folder;

  @BeforeAll
  void breakDatabase() throws SQLException {
    execute(
        """
        CREATE TABLE broken (source text PRIMARY KEY);
        CREATE FUNCTION fail_over_broken() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT FROM broken WHERE source = NEW.source) THEN
            RAISE EXCEPTION 'broken' USING ERRCODE = '22012';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER fail_over_broken BEFORE INSERT ON command_keys
          FOR EACH ROW EXECUTE FUNCTION fail_over_broken();
        """);
  }

  @AfterAll
  void close() {
    pipeline.close();
  }

  @Test
  void listsWhatTheFiltersLetThrough() {
    UUID task = UUID.randomUUID();
    RecordMetadata typo = deadLettered(record(task, bytes("not json \u001b[31m")));
    RecordMetadata unknown =
        deadLettered(
            record(
                task,
                Schemas.JSON.writeValueAsBytes(
                    Commands.command("task.explode.v1", task, Map.of()))));

    CliRun both = run("dead-letters", "list", "--key", task.toString());
    CliRun one =
        run("dead-letters", "list", "--key=" + task, "--reason=malformed", "--json", "--since=1h");

    assertThat(both.exit()).isZero();
    assertThat(both.err()).isEmpty();
    assertThat(both.lines()).hasSize(2);
    assertThat(both.lines().getFirst())
        .contains("MALFORMED", tasks + " " + typo.partition() + ":" + typo.offset(), "key " + task);
    assertThat(both.lines().getLast())
        .contains("UNKNOWN_TYPE", tasks + " " + unknown.partition() + ":" + unknown.offset());
    JsonNode json = Schemas.parse(one.out());
    assertThat(one.lines()).hasSize(1);
    assertThat(json.get("reason").stringValue()).isEqualTo("MALFORMED");
    assertThat(json.get("message").stringValue()).contains("value:");
    assertThat(json.at("/original/topic").stringValue()).isEqualTo(tasks);
    assertThat(json.at("/original/offset").longValue()).isEqualTo(typo.offset());
    assertThat(json.get("key").stringValue()).isEqualTo(task.toString());
    assertThat(json.get("value_bytes").intValue()).isEqualTo(14);
    assertThat(json.get("truncated").booleanValue()).isFalse();
    assertThat(json.get("redrive").isNull()).isTrue();
    assertThat(run("dead-letters", "list", "--key=" + task, "--limit=1").lines()).hasSize(1);
    assertThat(run("dead-letters", "list", "--key=" + task, "--topic=another").lines()).isEmpty();
    assertThat(run("dead-letters", "list", "--key=" + task, "--since=2100-01-01T00:00:00Z").lines())
        .isEmpty();
  }

  @Test
  void showsOneWhole() {
    UUID task = UUID.randomUUID();
    byte[] text = bytes("{\n  \"no\": \"envelope\"\n}");
    byte[] noText = {0, 1, 2, (byte) 0xff, 'a'};
    deadLettered(record(task, text));
    deadLettered(record(task, noText));
    List<String> places = places(task);

    CliRun shown = run("dead-letters", "show", places.getFirst());
    CliRun dumped = run("dead-letters", "show", places.getLast());
    JsonNode json = Schemas.parse(run("dead-letters", "show", "--json", places.getLast()).out());

    assertThat(shown.text())
        .contains("MALFORMED", task.toString(), "own: header", "{\n  \"no\": \"envelope\"\n}");
    assertThat(dumped.text()).contains("00 01 02 ff 61", "....a");
    assertThat(json.get("value_base64").stringValue()).isEqualTo("AAEC/2E=");
    assertThat(json.get("headers").findValuesAsString("name"))
        .contains("own", "dlt_reason", "dlt_offset");
    assertThat(run("dead-letters", "show", "--raw", places.getLast()).out()).isEqualTo(noText);
    CliRun missing = run("dead-letters", "show", places.getFirst().replaceAll(":.*", ":99999"));
    assertThat(missing.exit()).isEqualTo(1);
    assertThat(missing.err()).contains("There is no dead letter", "goes from offset 0 to before");
    assertThat(run("dead-letters", "show", "first").exit()).isEqualTo(2);
  }

  @Test
  void redrivesAKeyInItsOrderAndTellsTheLog() throws Exception {
    String source = broken();
    UUID task = UUID.randomUUID();
    ObjectNode create = from(source, Commands.createTask(task));
    ObjectNode cancel = from(source, Commands.cancel(task));
    RecordMetadata first = deadLettered(record(task, Schemas.JSON.writeValueAsBytes(create)));
    deadLettered(record(task, Schemas.JSON.writeValueAsBytes(cancel)));
    List<String> places = places(task);
    String key = "--key=" + task;

    // Still broken: the first comes back as a third, and the second has to wait.
    CliRun tooEarly = run("dead-letters", "redrive", key, "--json");
    assertThat(tooEarly.exit()).isEqualTo(1);
    assertThat(outcomes(tooEarly))
        .containsExactly(
            places.getFirst() + " dead_lettered_again", places.getLast() + " not_sent");
    String third = places(task).getLast();
    assertThat(places(task)).hasSize(3).startsWith(places.toArray(String[]::new));
    ConsumerRecord<byte[], byte[]> again = record(third);
    assertThat(header(again, "redrive_partition") + ":" + header(again, "redrive_offset"))
        .isEqualTo(places.getFirst());
    Event refusedAgain = pipeline.eventsOf(create, 2).getLast();
    assertThat(refusedAgain.type()).isEqualTo("command.dead-lettered.v1");
    assertThat(redrive(refusedAgain)).isEqualTo(places.getFirst());

    // Mended. The third goes before the second, for it first stood before it.
    mend(source);
    CliRun planned = run("dead-letters", "redrive", key, "--dry-run", "--json");
    assertThat(outcomes(planned))
        .containsExactly(
            places.getFirst() + " skipped",
            third + " would_redrive",
            places.getLast() + " would_redrive");
    assertThat(planned.exit()).isZero();
    assertThat(places(task)).hasSize(3);
    CliRun redriven = run("dead-letters", "redrive", key, "--actor=carol");
    assertThat(redriven.exit()).as(redriven.text() + redriven.err()).isZero();
    assertThat(redriven.lines().getLast()).isEqualTo("2 redriven, 1 skipped");

    List<Event> life =
        pipeline.eventsAbout(task, 5).stream()
            .filter(event -> !event.type().startsWith("command."))
            .toList();
    assertThat(life).extracting(Event::type).containsExactly("task.created.v1", "task.canceled.v1");
    assertThat(life).extracting(RedriveIT::redrive).containsExactly(third, places.getLast());
    assertThat(life)
        .allSatisfy(
            event -> {
              assertThat(event.details().at("/redrive/topic").stringValue()).isEqualTo(deadLetters);
              assertThat(event.details().at("/redrive/actor").stringValue()).isEqualTo("carol");
            });
    assertSentAsItWas(first, create);

    // Twice does no harm.
    int events = pipeline.settled().size();
    assertThat(run("dead-letters", "redrive", places.getLast(), third).exit()).isZero();
    assertThat(pipeline.settled()).hasSize(events);
  }

  @Test
  void letsOtherKeysGoOnWhereSomeFailAgain() throws Exception {
    String broken = broken();
    String mended = broken();
    Set<String> refusedAgain = new HashSet<>();
    Set<String> waiting = new HashSet<>();
    Set<String> taken = new HashSet<>();
    String topic = pipeline.site().topic("orchestrator.commands.workflows");
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    List<UUID> keys = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      UUID workflow = UUID.randomUUID();
      keys.add(workflow);
      String source = i % 2 == 0 ? broken : mended;
      for (String type : List.of("workflow.pause.v1", "workflow.resume.v1")) {
        ObjectNode command = from(source, Commands.command(type, workflow, Map.of()));
        records.add(
            new ProducerRecord<>(
                topic, bytes(workflow.toString()), Schemas.JSON.writeValueAsBytes(command)));
      }
    }
    List<RecordMetadata> sent = pipeline.sendRecords(records);
    awaitDeadLetters(sent);
    for (int i = 0; i < keys.size(); i++) {
      List<String> ofKey = places(keys.get(i));
      if (i % 2 == 0) {
        refusedAgain.add(ofKey.getFirst() + " dead_lettered_again");
        waiting.add(ofKey.getLast() + " not_sent");
      } else {
        ofKey.forEach(place -> taken.add(place + " redriven"));
      }
    }
    mend(mended);

    CliRun run = run("dead-letters", "redrive", "--all", "--topic=" + topic, "--json", "--yes");

    Set<String> expected = new HashSet<>(taken);
    expected.addAll(refusedAgain);
    expected.addAll(waiting);
    assertThat(outcomes(run)).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(run.exit()).isEqualTo(1);
  }

  @Test
  void redrivesOneCorrected() throws Exception {
    UUID task = UUID.randomUUID();
    ObjectNode typo = Commands.createTask(task);
    ((ObjectNode) typo.get("data")).put("descripton", "x");
    deadLettered(record(task, Schemas.JSON.writeValueAsBytes(typo)));
    ObjectNode corrected = Commands.createTask(task);
    corrected.set("id", typo.get("id"));
    Path value = folder.resolve("corrected.json");
    Files.write(value, Schemas.JSON.writeValueAsBytes(corrected));
    String place = places(task).getFirst();

    CliRun run = run("dead-letters", "redrive", place, "--value=" + value);

    assertThat(run.exit()).as(run.text() + run.err()).isZero();
    assertThat(pipeline.eventsOf(typo, 2).getLast().type()).isEqualTo("task.created.v1");
    assertThat(redrive(pipeline.eventsOf(typo, 2).getLast())).isEqualTo(place);
    assertThat(run("dead-letters", "redrive", "--all", "--value=" + value).exit()).isEqualTo(2);
    assertThat(run("dead-letters", "redrive", place, "--value=" + value + ".none").exit())
        .isEqualTo(2);
  }

  @Test
  void waitsNoLongerThanItIsTold() {
    UUID task = UUID.randomUUID();
    deadLettered(record(task, bytes("{}")));
    deadLettered(record(task, bytes("[]")));
    List<String> arguments =
        new ArrayList<>(
            List.of("dead-letters", "redrive", "--key=" + task, "--timeout=1", "--json"));
    // A group that nobody is in.
    arguments.addAll(pipeline.site().settings("--orchestrator.commands.group=nobody"));

    CliRun run = CliRun.of(arguments);

    assertThat(outcomes(run))
        .extracting(outcome -> outcome.replaceFirst(".* ", ""))
        .containsExactly("unknown", "not_sent");
    assertThat(run.text()).contains("No worker of group nobody");
    assertThat(run.exit()).isEqualTo(1);
  }

  @Test
  void appliesCommandsWhoseWordOfARedriveIsMalformed() {
    UUID task = UUID.randomUUID();
    ObjectNode create = Commands.createTask(task);
    ProducerRecord<byte[], byte[]> record = record(task, Schemas.JSON.writeValueAsBytes(create));
    record.headers().add("redrive_topic", bytes(deadLetters));
    record.headers().add("redrive_partition", bytes("first"));
    record.headers().add("redrive_offset", bytes("0"));

    pipeline.send(record);

    Event created = pipeline.eventsOf(create, 1).getFirst();
    assertThat(created.type()).isEqualTo("task.created.v1");
    assertThat(created.details().has("redrive")).isFalse();
  }

  @Test
  void saysWhatCannotBeRedriven() {
    UUID task = UUID.randomUUID();
    ProducerRecord<byte[], byte[]> foreign =
        new ProducerRecord<>(deadLetters, bytes(task.toString()), bytes("x"));
    pipeline.send(foreign);
    ProducerRecord<byte[], byte[]> truncated =
        new ProducerRecord<>(deadLetters, bytes(task.toString()), null);
    for (Map.Entry<String, String> header :
        Map.of("dlt_topic", tasks, "dlt_partition", "0", "dlt_offset", "0", "dlt_truncated", "true")
            .entrySet()) {
      truncated.headers().add(header.getKey(), bytes(header.getValue()));
    }
    pipeline.send(truncated);

    CliRun run = run("dead-letters", "redrive", "--key=" + task);

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.lines()).hasSize(2);
    assertThat(run.lines().getFirst()).contains("not sent", "dlt_topic");
    assertThat(run.lines().getLast()).contains("not sent", "dlt_truncated");
    assertThat(run("dead-letters", "list", "--key=" + task).lines()).hasSize(2);
  }

  @Test
  void wantsToBeToldWhich() {
    CliRun nothing = run("dead-letters", "redrive");
    assertThat(nothing.exit()).isEqualTo(2);
    assertThat(nothing.err()).contains("--all");
    assertThat(run("dead-letters", "redrive", "--limit=1").exit()).isEqualTo(2);
    assertThat(run("dead-letters", "redrive", "--all", "0:0").exit()).isEqualTo(2);
    assertThat(run("dead-letters", "redrive", "--all", "--actor=").exit()).isEqualTo(2);
    assertThat(run("dead-letters", "redrive", "--key=nobody's").exit()).isZero();
  }

  /** A source whose commands the database fails over. */
  @Test
  void tellsWhoSendsACommandThatItWasGivenUp() throws SQLException {
    CliRun sent =
        run(
            "send",
            "task.create",
            "--data={\"type\":\"review\",\"description\":\"Read it.\"}",
            "--source=" + broken(),
            "--wait",
            "--json");

    assertThat(sent.exit()).isEqualTo(1);
    JsonNode result = Schemas.parse(sent.out());
    assertThat(result.get("outcome").stringValue()).isEqualTo("dead_lettered");
    assertThat(result.at("/events/0/type").stringValue()).isEqualTo("command.dead-lettered.v1");
  }

  private String broken() throws SQLException {
    String source = "/broken/" + ++sources;
    execute("INSERT INTO broken VALUES ('%s')".formatted(source));
    return source;
  }

  private void mend(String source) throws SQLException {
    execute("DELETE FROM broken WHERE source = '%s'".formatted(source));
  }

  private static ObjectNode from(String source, ObjectNode command) {
    return command.put("source", source);
  }

  private ProducerRecord<byte[], byte[]> record(UUID key, byte[] value) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(tasks, bytes(key.toString()), value);
    record.headers().add("own", bytes("header"));
    return record;
  }

  private RecordMetadata deadLettered(ProducerRecord<byte[], byte[]> record) {
    RecordMetadata sent = pipeline.send(record);
    awaitDeadLetters(List.of(sent));
    return sent;
  }

  private void awaitDeadLetters(List<RecordMetadata> sent) {
    Set<String> places =
        sent.stream().map(RecordMetadata::toString).collect(Collectors.toCollection(HashSet::new));
    try (TopicReader reader = pipeline.reader("orchestrator.commands.dead-letter")) {
      reader.until(
          "the dead letters of " + sent,
          read -> {
            // A record's place reads topic-partition@offset.
            read.forEach(
                each ->
                    places.remove(
                        "%s-%s@%s"
                            .formatted(
                                header(each, "dlt_topic"),
                                header(each, "dlt_partition"),
                                header(each, "dlt_offset"))));
            return places.isEmpty();
          });
    }
  }

  /** The dead letters of a key, as the list names them. */
  private List<String> places(UUID key) {
    return run("dead-letters", "list", "--json", "--key=" + key).lines().stream()
        .map(line -> place(Schemas.parse(bytes(line))))
        .toList();
  }

  private static String place(JsonNode deadLetter) {
    return deadLetter.get("partition").intValue() + ":" + deadLetter.get("offset").longValue();
  }

  private static List<String> outcomes(CliRun run) {
    return run.lines().stream()
        .map(line -> Schemas.parse(bytes(line)))
        .map(json -> place(json.get("dead_letter")) + " " + json.get("outcome").stringValue())
        .toList();
  }

  private static String redrive(Event event) {
    return event.details().at("/redrive/partition").asString()
        + ":"
        + event.details().at("/redrive/offset").asString();
  }

  private ConsumerRecord<byte[], byte[]> record(String place) {
    try (TopicReader reader = pipeline.reader("orchestrator.commands.dead-letter")) {
      return reader.toTheEnd().stream()
          .filter(each -> place.equals(each.partition() + ":" + each.offset()))
          .findFirst()
          .orElseThrow();
    }
  }

  /**
   * To the same partition, with the same key, value and headers, and no more of the dead letter.
   */
  private void assertSentAsItWas(RecordMetadata sent, ObjectNode command) {
    try (TopicReader reader = pipeline.reader("orchestrator.commands.tasks")) {
      ConsumerRecord<byte[], byte[]> last =
          reader.toTheEnd().stream()
              .filter(each -> each.partition() == sent.partition())
              .filter(
                  each ->
                      new String(each.value(), StandardCharsets.UTF_8)
                          .contains(command.get("id").stringValue()))
              .reduce((one, other) -> other)
              .orElseThrow();
      assertThat(last.offset()).isGreaterThan(sent.offset());
      assertThat(last.key()).isEqualTo(bytes(command.get("subject").stringValue()));
      assertThat(last.value()).isEqualTo(Schemas.JSON.writeValueAsBytes(command));
      assertThat(header(last, "own")).isEqualTo("header");
      assertThat(header(last, "redrive_origin_offset")).isEqualTo(String.valueOf(sent.offset()));
      assertThat(last.headers())
          .extracting(Header::key)
          .doesNotHaveDuplicates()
          .noneMatch(name -> name.startsWith("dlt_"));
    }
  }

  private CliRun run(String... arguments) {
    return CliRun.at(pipeline.site(), arguments);
  }

  private static @Nullable String header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = pipeline.database();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
