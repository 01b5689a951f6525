package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.schemas.Schemas;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** What is no command goes aside byte for byte and holds nothing up. */
class DeadLetterIT {

  private final Pipeline pipeline = Pipeline.shared();
  private final UUID task = UUID.randomUUID();
  private final String tasks = pipeline.site().topic("orchestrator.commands.tasks");

  @Test
  void keepsMalformedRecordsByteForByte() {
    byte[][] malformed = {
      bytes("not json"),
      bytes("{\"specversion\":\"1.0\""),
      bytes("[{\"specversion\":\"1.0\"}]"),
      bytes("{}"),
      bytes("{\"id\":\"a\",\"id\":\"b\"}"),
      HexFormat.of().parseHex("7bc328"),
      new byte[0]
    };
    for (byte[] value : malformed) {
      ConsumerRecord<byte[], byte[]> deadLetter = deadLetter(sent(value));

      assertThat(deadLetter.value()).isEqualTo(value);
      assertThat(deadLetter.key()).isEqualTo(bytes(task.toString()));
      assertThat(header(deadLetter, "dlt_reason")).isEqualTo("MALFORMED");
      assertThat(header(deadLetter, "own")).isEqualTo("header");
    }
    assertThat(deadLetter(sent(null)).value()).isNull();
  }

  @Test
  void tellsTheAuditOfWhatCanBeNamedAndLeavesItsIdFree() {
    ObjectNode typo = Commands.createTask(task);
    ((ObjectNode) typo.get("data")).put("descripton", "x");
    RecordMetadata sent = pipeline.send(typo);

    ConsumerRecord<byte[], byte[]> deadLetter = deadLetter(sent);
    Event audited = pipeline.eventsOf(typo, 1).getFirst();

    assertThat(header(deadLetter, "dlt_reason")).isEqualTo("SCHEMA_VIOLATION");
    assertThat(header(deadLetter, "dlt_message")).contains("data.descripton");
    assertThat(audited.type()).isEqualTo("command.dead-lettered.v1");
    assertThat(audited.key()).isEqualTo(task.toString());
    assertThat(audited.data().get("entity_version").isNull()).isTrue();
    assertThat(audited.details().get("offset").longValue()).isEqualTo(sent.offset());
    ObjectNode corrected = Commands.createTask(task);
    corrected.set("id", typo.get("id"));
    pipeline.send(corrected);
    assertThat(pipeline.eventsOf(typo, 2).getLast().type()).isEqualTo("task.created.v1");
    assertThat(pipeline.get("/api/v2/commands?id=" + typo.get("id").stringValue()).get("commands"))
        .hasSize(2);
  }

  @Test
  void namesUnknownTypesVersionsAndWrongTopics() {
    ObjectNode unknown = Commands.command("task.explode.v1", task, Map.of());
    ObjectNode version = Commands.command("task.create.v9", task, Map.of());
    ObjectNode wrongTopic = Commands.registerAgent(task, 1);

    for (ObjectNode command : List.of(unknown, version, wrongTopic)) {
      RecordMetadata sent =
          pipeline.send(new ProducerRecord<>(tasks, Schemas.JSON.writeValueAsBytes(command)));
      assertThat(header(deadLetter(sent), "dlt_reason")).isEqualTo("UNKNOWN_TYPE");
      assertThat(pipeline.eventsOf(command, 1).getFirst().type())
          .isEqualTo("command.dead-lettered.v1");
    }
    Event audited = pipeline.eventsOf(unknown, 1).getFirst();
    assertThat(audited.key()).isNull();
    assertThat(audited.json().get("subject").isNull()).isTrue();
    assertThat(audited.data().get("entity_type").isNull()).isTrue();
    assertThat(audited.data().get("entity_id").isNull()).isTrue();
  }

  @Test
  void takesBinaryModeToo() {
    ObjectNode command = Commands.createTask(task);
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            tasks,
            null,
            bytes(task.toString()),
            Schemas.JSON.writeValueAsBytes(command.get("data")));
    for (String attribute : List.of("specversion", "id", "source", "type", "subject")) {
      record.headers().add("ce_" + attribute, bytes(command.get(attribute).stringValue()));
    }
    record.headers().add("content-type", bytes("application/json"));

    pipeline.send(record);

    assertThat(pipeline.eventsOf(command, 1).getFirst().type()).isEqualTo("task.created.v1");
    pipeline.send(command); // The same in structured mode is a duplicate.
    assertThat(pipeline.ask(Commands.cancel(task)).version()).isEqualTo(2);
  }

  @Test
  void takesOneMebibyteLessOneAndSetsAsideWhatIsLarger() {
    byte[] fits = padded(Commands.createTask(task), (1 << 20) - 1);
    UUID second = UUID.randomUUID();
    ObjectNode large = Commands.createTask(second);
    UUID third = UUID.randomUUID();

    pipeline.send(new ProducerRecord<>(tasks, bytes(task.toString()), fits));
    RecordMetadata sent =
        pipeline.send(
            new ProducerRecord<>(tasks, bytes(second.toString()), padded(large, 3 << 19)));
    ConsumerRecord<byte[], byte[]> deadLetter = deadLetter(sent);

    assertThat(header(deadLetter, "dlt_reason")).isEqualTo("TOO_LARGE");
    assertThat(deadLetter.value()).hasSize(3 << 19);
    assertThat(pipeline.eventsAbout(task, 1).getFirst().type()).isEqualTo("task.created.v1");
    assertThat(pipeline.eventsOf(large, 1).getFirst().type()).isEqualTo("command.dead-lettered.v1");
    assertThat(pipeline.ask(Commands.createTask(third)).type()).isEqualTo("task.created.v1");
  }

  @Test
  void leavesValuesBehindThatTheDeadLetterTopicCannotHold() throws Exception {
    // A command topic as somebody else may have made it.
    String foreign = "foreign_" + UUID.randomUUID();
    try (Admin admin =
        Admin.create(Map.of("bootstrap.servers", pipeline.site().servers().bootstrapServers()))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(foreign, 1, (short) 1)
                      .configs(Map.of("max.message.bytes", String.valueOf(16 << 20)))))
          .all()
          .get();
    }
    try (Pipeline another =
        Pipeline.start(1, "--orchestrator.topics.workflow-commands=" + foreign)) {
      byte[] huge = new byte[7 << 20];
      RecordMetadata sent = another.send(new ProducerRecord<>(foreign, bytes("key"), huge));

      ConsumerRecord<byte[], byte[]> deadLetter = deadLetter(another, sent);

      assertThat(deadLetter.value()).isNull();
      assertThat(deadLetter.key()).isEqualTo(bytes("key"));
      assertThat(header(deadLetter, "dlt_truncated")).isEqualTo("true");
      assertThat(header(deadLetter, "dlt_sha256"))
          .isEqualTo(
              HexFormat.of()
                  .formatHex(java.security.MessageDigest.getInstance("SHA-256").digest(huge)));
    }
  }

  private RecordMetadata sent(byte @Nullable [] value) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(tasks, bytes(task.toString()), value);
    record.headers().add("own", bytes("header"));
    return pipeline.send(record);
  }

  private ConsumerRecord<byte[], byte[]> deadLetter(RecordMetadata sent) {
    return deadLetter(pipeline, sent);
  }

  private static ConsumerRecord<byte[], byte[]> deadLetter(Pipeline pipeline, RecordMetadata sent) {
    try (TopicReader deadLetters = pipeline.reader("orchestrator.commands.dead-letter")) {
      return deadLetters
          .until(
              "the dead letter of " + sent,
              records -> records.stream().anyMatch(each -> isOf(each, sent)))
          .stream()
          .filter(each -> isOf(each, sent))
          .findFirst()
          .orElseThrow();
    }
  }

  private static boolean isOf(ConsumerRecord<byte[], byte[]> deadLetter, RecordMetadata sent) {
    return sent.topic().equals(header(deadLetter, "dlt_topic"))
        && String.valueOf(sent.partition()).equals(header(deadLetter, "dlt_partition"))
        && String.valueOf(sent.offset()).equals(header(deadLetter, "dlt_offset"));
  }

  private static @Nullable String header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }

  /** White space in front of JSON means nothing, so any length can be had. */
  private static byte[] padded(ObjectNode command, int length) {
    String json = Schemas.JSON.writeValueAsString(command);
    return bytes(" ".repeat(length - bytes(json).length) + json);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
