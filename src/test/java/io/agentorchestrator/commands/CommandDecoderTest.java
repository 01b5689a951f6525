package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.commands.Decoded.Unreadable;
import io.agentorchestrator.commands.Decoded.Valid;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.Command.Assignment;
import io.agentorchestrator.messages.Command.CreateTask;
import io.agentorchestrator.messages.Command.FailTask;
import io.agentorchestrator.messages.Command.Heartbeat;
import io.agentorchestrator.messages.Command.RegisterAgent;
import io.agentorchestrator.messages.Command.ReportProgress;
import io.agentorchestrator.messages.CommandType;
import io.agentorchestrator.messages.Envelope;
import io.agentorchestrator.messages.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandDecoderTest {

  private static final String AGENTS = "orchestrator.commands.agents";
  private static final String TASKS = "orchestrator.commands.tasks";
  private static final UUID ID = UUID.fromString("0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a");
  private static final int MEBIBYTE = 1_048_576;

  private final CommandDecoder decoder = new CommandDecoder(Records.topics());

  @Test
  void readsACommandInStructuredMode() {
    Valid valid =
        valid(
            structured(
                TASKS,
                """
                {"specversion":"1.0","id":"1","source":"/planner/eu-1","type":"task.assign.v1",
                 "subject":"%1$s","time":"2026-11-23T09:00:00Z","actor":"alice","sampled":true,
                 "traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                 "data":{"agent_id":"%1$s"}}"""
                    .formatted(ID)));

    assertThat(valid.command()).isEqualTo(new AssignTask(ID));
    Envelope envelope = valid.envelope();
    assertThat(envelope.source()).isEqualTo("/planner/eu-1");
    assertThat(envelope.id()).isEqualTo("1");
    assertThat(envelope.type()).isEqualTo(CommandType.TASK_ASSIGN);
    assertThat(envelope.subject()).isEqualTo(ID);
    assertThat(envelope.actor()).isEqualTo("alice");
    assertThat(envelope.traceparent())
        .isEqualTo("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  }

  @Test
  void takesTheSourceForTheActorWhereNoneIsNamed() {
    assertThat(valid(heartbeat("")).envelope().actor()).isEqualTo("/tests");
    assertThat(valid(heartbeat(",\"actor\":null")).envelope().actor()).isEqualTo("/tests");
    assertThat(valid(heartbeat(",\"traceparent\":\"00-0-0-0\"")).envelope().traceparent()).isNull();
  }

  @Test
  void fillsInTheDefaultsOfTheContract() {
    CreateTask task =
        (CreateTask)
            valid(task("task.create.v1", "{\"type\":\"a\",\"description\":\"b\"}")).command();
    assertThat(task)
        .isEqualTo(
            new CreateTask(
                "a",
                null,
                "b",
                JsonObject.EMPTY,
                2,
                List.of(),
                null,
                null,
                List.of(),
                null,
                3,
                Assignment.AUTO,
                List.of(),
                JsonObject.EMPTY));
    assertThat(
            valid(
                    command(
                        AGENTS,
                        "agent.register.v1",
                        "{\"type\":\"a\",\"name\":\"abc\",\"endpoint\":\"http://a\"}"))
                .command())
        .isEqualTo(
            new RegisterAgent("a", "abc", "http://a", null, List.of(), 1, 60, JsonObject.EMPTY));
    assertThat(
            valid(task("task.progress.v1", "{\"agent_id\":\"%s\",\"attempt\":1}".formatted(ID)))
                .command())
        .isEqualTo(new ReportProgress(ID, 1, false, null, null));
    assertThat(
            valid(
                    task(
                        "task.fail.v1",
                        "{\"agent_id\":\"%s\",\"attempt\":1,\"error\":{\"code\":\"X\",\"message\":\"\"}}"
                            .formatted(ID)))
                .command())
        .isEqualTo(new FailTask(ID, 1, "X", "", true));
    assertThat(valid(task("task.assign.v1", "{}")).command()).isEqualTo(new AssignTask(null));
  }

  @Test
  void takesFromAnAgentCardWhatTheAgentDoesNotSay() {
    String card =
        """
        {"name":"Carded","version":"9","url":"https://old.example",
         "supportedInterfaces":[{"url":"https://new.example"},{"url":"https://other.example"}],
         "skills":[{"id":"ocr","tags":["pdf","ocr"]},{"id":"sums"}]}""";

    assertThat(valid(command(AGENTS, "agent.register.v1", registration("", card))).command())
        .isEqualTo(
            new RegisterAgent(
                "a",
                "Carded",
                "https://new.example",
                "9",
                List.of("ocr", "pdf", "sums"),
                1,
                60,
                JsonObject.EMPTY));
    String own =
        ",\"name\":\"Own\",\"endpoint\":\"http://own\",\"version\":\"1\",\"capabilities\":[]";
    assertThat(valid(command(AGENTS, "agent.register.v1", registration(own, card))).command())
        .isEqualTo(
            new RegisterAgent("a", "Own", "http://own", "1", List.of(), 1, 60, JsonObject.EMPTY));
  }

  @Test
  void boundsTheCapabilitiesOfACardLikeAnyOthers() {
    String skills =
        IntStream.range(0, 50)
            .mapToObj("{\"id\":\"skill%d\"}"::formatted)
            .collect(Collectors.joining(","));
    String card = "{\"skills\":[%s]}";
    String named = ",\"name\":\"abc\",\"endpoint\":\"http://a\"";

    valid(command(AGENTS, "agent.register.v1", registration(named, card.formatted(skills))));
    String more = card.formatted(skills.replace("\"skill0\"", "\"skill0\",\"tags\":[\"tag\"]"));
    assertThat(
            unreadable(
                    command(AGENTS, "agent.register.v1", registration(named, more)),
                    DeadLetterReason.SCHEMA_VIOLATION)
                .message())
        .isEqualTo("data.card.skills: expected at most 50 different ids and tags, but they are 51");
    valid(command(AGENTS, "agent.register.v1", registration(named + ",\"capabilities\":[]", more)));
  }

  @Test
  void knowsTheSameContentInAnyNotationAndMode() {
    Envelope one =
        valid(task("task.create.v1", creation("1", "{\"a\":100,\"b\":\"é\"}"))).envelope();
    Envelope other =
        valid(
                structured(
                    TASKS,
                    """
                    {"data":{"priority":1.0,"input":{"b":"\\u00e9","a":1E2},"description":"b",
                     "type":"a"},"actor":"bob","time":"2026-11-23T09:00:00Z","subject":"%s",
                     "type":"task.create.v1","source":"/other","id":"2","specversion":"1.0"}"""
                        .formatted(ID)))
            .envelope();
    Envelope binary =
        valid(
                binary(
                    TASKS,
                    "task.create.v1",
                    creation("1e0", "{ \"a\":1.00e2, \"b\":\"é\" }"),
                    Map.of()))
            .envelope();

    assertThat(other.digest()).isEqualTo(one.digest());
    assertThat(binary.digest()).isEqualTo(one.digest());
  }

  @Test
  void knowsOtherContentByTypeSubjectAndData() {
    String holder = "{\"agent_id\":\"%s\",\"attempt\":%s}";
    Envelope one = valid(task("task.start.v1", holder.formatted(ID, 1))).envelope();

    assertThat(valid(task("task.start.v1", holder.formatted(ID, 2))).envelope().digest())
        .isNotEqualTo(one.digest());
    assertThat(valid(task("task.complete.v1", holder.formatted(ID, 1))).envelope().digest())
        .isNotEqualTo(one.digest());
    Map<String, String> elsewhere = Map.of("ce_subject", new UUID(0, 1).toString());
    assertThat(
            valid(binary(TASKS, "task.start.v1", holder.formatted(ID, 1), elsewhere))
                .envelope()
                .digest())
        .isNotEqualTo(one.digest());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "text/plain",
        "application/cloudevents+json",
        "application/cloudevents+json; charset=UTF-8",
        "Application/CloudEvents+JSON"
      })
  void readsTheWholeEventFromTheValueWhateverTheHeaders(String contentType) {
    valid(Records.record(AGENTS, Records.heartbeat(), Map.of("content-type", contentType)));
  }

  @Test
  void readsStructuredModeWhereTheContentTypeSaysSoDespiteHeaders() {
    Map<String, String> headers =
        Map.of(
            "content-type", "application/cloudevents+json", "ce_specversion", "1.0", "ce_id", "9");

    assertThat(valid(Records.record(AGENTS, Records.heartbeat(), headers)).envelope().id())
        .isEqualTo("1");
  }

  @Test
  void readsBinaryModeWithAndWithoutAContentType() {
    assertThat(valid(binary(AGENTS, "agent.heartbeat.v1", "{}", Map.of())).command())
        .isEqualTo(new Heartbeat());
    valid(
        binary(
            AGENTS, "agent.heartbeat.v1", "{}", Map.of("content-type", "application/json; a=b")));
    unreadable(
        binary(AGENTS, "agent.heartbeat.v1", "{}", Map.of("content-type", "text/plain")),
        DeadLetterReason.SCHEMA_VIOLATION);
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/cloudevents-batch+json", "application/cloudevents+avro"})
  void refusesOtherModes(String contentType) {
    byte[] batch = ("[" + text(Records.heartbeat()) + "]").getBytes(StandardCharsets.UTF_8);

    unreadable(
        Records.record(AGENTS, batch, Map.of("content-type", contentType)),
        DeadLetterReason.MALFORMED);
    unreadable(
        Records.record(AGENTS, Records.heartbeat(), Map.of("content-type", contentType)),
        DeadLetterReason.MALFORMED);
    assertThat(decoder.decode(Records.record(AGENTS, batch, Map.of())))
        .isInstanceOf(Unreadable.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "no JSON|value",
        "[]|value",
        "\"text\"|value",
        "{}|value",
        "{\"data\":{}}|value",
        "{\"specversion\":\"1.0\",\"specversion\":\"1.0\"}|specversion"
      })
  void callsMalformedWhatIsNoEnvelope(String json, String field) {
    Unreadable unreadable = unreadable(structured(AGENTS, json), DeadLetterReason.MALFORMED);

    assertThat(unreadable.message()).startsWith(field + ": expected ");
    assertThat(unreadable.identity()).isEqualTo(Identity.NONE);
  }

  @Test
  void callsMalformedWhatHasNoValue() {
    unreadable(Records.record(AGENTS, null, Map.of()), DeadLetterReason.MALFORMED);
    unreadable(Records.record(AGENTS, new byte[0], Map.of()), DeadLetterReason.MALFORMED);
    ConsumerRecord<byte[], byte[]> binary =
        Records.record(AGENTS, null, headers("agent.heartbeat.v1", Map.of()));
    assertThat(unreadable(binary, DeadLetterReason.MALFORMED).identity().isReadable()).isTrue();
  }

  @Test
  void callsMalformedAHeaderThatIsRepeatedOrNoUtf8() {
    ConsumerRecord<byte[], byte[]> repeated = binary(AGENTS, "agent.heartbeat.v1", "{}", Map.of());
    repeated.headers().add("ce_id", "2".getBytes(StandardCharsets.UTF_8));
    assertThat(unreadable(repeated, DeadLetterReason.MALFORMED).message())
        .isEqualTo("ce_id: expected once, but it is repeated");

    ConsumerRecord<byte[], byte[]> broken = binary(AGENTS, "agent.heartbeat.v1", "{}", Map.of());
    broken.headers().add("ce_actor", new byte[] {(byte) 0xff});
    assertThat(unreadable(broken, DeadLetterReason.MALFORMED).message())
        .isEqualTo("ce_actor: expected UTF-8, but it is not");
  }

  @Test
  void tellsOfBrokenDataInWordsThatCanBeStored() {
    Unreadable value = unreadable(binary(AGENTS, "agent.heartbeat.v1", "a\0b", Map.of()));
    assertThat(value.identity().isReadable()).isTrue();
    assertThat(value.message()).doesNotContain("\0", "a\0");

    Unreadable header =
        unreadable(binary(AGENTS, "agent.heartbeat.v1", "{}", Map.of("ce_a\0b", "x")));
    assertThat(header.identity().isReadable()).isTrue();
    assertThat(header.message()).doesNotContain("\0");
    assertThat(header.reason()).isEqualTo(DeadLetterReason.SCHEMA_VIOLATION);
  }

  @ParameterizedTest
  @CsvSource({
    "orchestrator.commands.agents, task.start.v1",
    "orchestrator.commands.tasks, agent.heartbeat.v1",
    "orchestrator.commands.tasks, agents.bulk.v1",
    "orchestrator.commands.tasks, workflow.create.v1",
    "orchestrator.commands.workflows, agent.heartbeat.v1",
    "orchestrator.commands.workflows, agents.bulk.v1",
    "orchestrator.commands.workflows, workflow.create.v2",
    "elsewhere, agent.heartbeat.v1",
    "orchestrator.commands.agents, agent.heartbeat.v2",
    "orchestrator.commands.agents, agent.explode.v1"
  })
  void doesNotKnowATypeOnAnotherTopicOrOfAnotherVersion(String topic, String type) {
    Unreadable unreadable =
        unreadable(command(topic, type, "{\"unknown\":1}"), DeadLetterReason.UNKNOWN_TYPE);

    assertThat(unreadable.message()).startsWith("type: expected ");
    assertThat(unreadable.identity().id()).isEqualTo("1");
    assertThat(unreadable.identity().source()).isEqualTo("/tests");
    assertThat(unreadable.identity().typeName()).isEqualTo(type);
    assertThat(unreadable.identity().type()).isEqualTo(CommandType.of(type));
    assertThat(unreadable.identity().subject()).isEqualTo(ID);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"type\":\"a\"}|data.description: expected this field, but it is missing",
        "{\"description\":\"b\"}|data.type: expected this field, but it is missing",
        "{\"type\":\"\",\"description\":\"b\"}"
            + "|data.type: expected 1 to 255 characters, but it has 0",
        "{\"type\":1,\"description\":\"b\"}"
            + "|data.type: expected a string, but it is of type number",
        "{\"type\":\"a\",\"description\":\"b\",\"name\":\"ab\"}"
            + "|data.name: expected 3 to 255 characters, but it has 2",
        "{\"type\":\"a\",\"description\":\"b\",\"priority\":6}"
            + "|data.priority: expected an integer from 1 to 5, but it is not",
        "{\"type\":\"a\",\"description\":\"b\",\"timeout_seconds\":86401}"
            + "|data.timeout_seconds: expected an integer from 1 to 86400, but it is not",
        "{\"type\":\"a\",\"description\":\"b\",\"tags\":[\"aa\",\"aa\"]}"
            + "|data.tags[1]: expected different elements, but it repeats one",
        "{\"type\":\"a\",\"description\":\"b\",\"tags\":[\"aa\",\"b\"]}"
            + "|data.tags[1]: expected 2 to 100 characters, but it has 1",
        "{\"type\":\"a\",\"description\":\"b\",\"assignment\":\"AUTO\"}"
            + "|data.assignment: expected one of [auto, manual], but it is none",
        "{\"type\":\"a\",\"description\":\"b\",\"depends_on\":[\"a\"]}"
            + "|data.depends_on[0]: expected a UUID in lower case, but it is not",
        "{\"type\":\"a\",\"description\":\"b\",\"typo\":1}|data.typo: expected no such field",
        "{\"type\":\"a\",\"description\":\"b\",\"input\":[]}"
            + "|data.input: expected an object, but it is of type array",
        "{\"type\":\"a\",\"description\":\"b\",\"input\":{\"a\":[1e400]}}"
            + "|data.input.a[0]: expected a number within a double's range, but it is beyond"
      })
  void namesTheFieldAndItsBound(String data, String message) {
    Unreadable unreadable =
        unreadable(task("task.create.v1", data), DeadLetterReason.SCHEMA_VIOLATION);

    assertThat(unreadable.message()).isEqualTo(message);
    assertThat(unreadable.identity())
        .isEqualTo(
            new Identity("/tests", "1", CommandType.TASK_CREATE, "task.create.v1", ID, null, null));
  }

  @Test
  void boundsObjectsInDepthAndSize() {
    String nine = "{\"a\":".repeat(9) + "{}" + "}".repeat(9);
    valid(task("task.create.v1", creation("1", nine)));
    assertThat(unreadable(task("task.create.v1", creation("1", "{\"a\":" + nine + "}"))).message())
        .isEqualTo("data.input: expected at most 10 levels, but it has 11");

    String text = "é".repeat((262_144 - 8) / 2);
    valid(task("task.create.v1", creation("1", "{ \"a\" : \"%s\" }".formatted(text))));
    assertThat(
            unreadable(task("task.create.v1", creation("1", "{\"a\":\"%sx\"}".formatted(text))))
                .message())
        .isEqualTo("data.input: expected at most 262144 bytes, but it has 262145");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"data_base64\":\"e30=\"|data_base64",
        "\"data_base64\":null|data_base64",
        "\"specversion\":\"0.3\"|specversion",
        "\"specversion\":1.0|specversion",
        "\"id\":\"\"|id",
        "\"id\":null|id",
        "\"source\":\"\"|source",
        "\"subject\":\"0199B2C4-7D1E-7A3B-9C55-1F0E2D3C4B5A\"|subject",
        "\"subject\":\"name\"|subject",
        "\"actor\":\"\"|actor",
        "\"time\":\"yesterday\"|time",
        "\"datacontenttype\":\"text/plain\"|datacontenttype",
        "\"dataschema\":1|dataschema",
        "\"Extension\":\"a\"|Extension",
        "\"extension\":{}|extension",
        "\"extension\":\"\\u0000\"|extension",
        "\"data\":[]|data",
        "\"data\":null|data"
      })
  void namesTheAttribute(String attribute, String field) {
    Map<String, String> members = new LinkedHashMap<>();
    members.put("specversion", "\"specversion\":\"1.0\"");
    members.put("id", "\"id\":\"1\"");
    members.put("source", "\"source\":\"/tests\"");
    members.put("type", "\"type\":\"agent.heartbeat.v1\"");
    members.put("subject", "\"subject\":\"%s\"".formatted(ID));
    members.put("data", "\"data\":{}");
    members.put(field, attribute);

    Unreadable unreadable =
        unreadable(
            structured(AGENTS, "{" + String.join(",", members.values()) + "}"),
            DeadLetterReason.SCHEMA_VIOLATION);

    assertThat(unreadable.message()).startsWith(field + ": expected ");
  }

  @Test
  void takesAttributesOf255CodePoints() {
    valid(heartbeat(",\"actor\":\"" + "😀".repeat(255) + "\""));
    assertThat(unreadable(heartbeat(",\"actor\":\"" + "😀".repeat(256) + "\"")).message())
        .isEqualTo("actor: expected 1 to 255 characters, but it has 256");
  }

  @Test
  void takesOneMebibyteAndNotAByteMore() {
    valid(structured(AGENTS, padded(MEBIBYTE)));
    Unreadable larger =
        unreadable(structured(AGENTS, padded(MEBIBYTE + 1)), DeadLetterReason.TOO_LARGE);

    assertThat(larger.message())
        .isEqualTo("value: expected at most 1048576 bytes, but it has 1048577");
    assertThat(larger.identity().isReadable()).isTrue();
    assertThat(larger.identity().type()).isEqualTo(CommandType.AGENT_HEARTBEAT);
    assertThat(larger.identity().subject()).isEqualTo(ID);
  }

  @Test
  void countsTheAttributesOfBinaryModeToo() {
    int attributes =
        headers("agent.heartbeat.v1", Map.of()).values().stream().mapToInt(String::length).sum();

    valid(
        binary(
            AGENTS, "agent.heartbeat.v1", "{}" + " ".repeat(MEBIBYTE - 2 - attributes), Map.of()));
    unreadable(
        binary(
            AGENTS, "agent.heartbeat.v1", "{}" + " ".repeat(MEBIBYTE - 1 - attributes), Map.of()),
        DeadLetterReason.TOO_LARGE);
  }

  private static String padded(int bytes) {
    String json = text(Records.heartbeat());
    return json + " ".repeat(bytes - json.length());
  }

  private static String creation(String priority, String input) {
    return "{\"type\":\"a\",\"description\":\"b\",\"priority\":%s,\"input\":%s}"
        .formatted(priority, input);
  }

  private static String registration(String own, String card) {
    return "{\"type\":\"a\"%s,\"card\":%s}".formatted(own, card);
  }

  private static ConsumerRecord<byte[], byte[]> heartbeat(String more) {
    String json = text(Records.heartbeat());
    return structured(AGENTS, json.substring(0, json.length() - 1) + more + "}");
  }

  private static ConsumerRecord<byte[], byte[]> task(String type, String data) {
    return command(TASKS, type, data);
  }

  private static ConsumerRecord<byte[], byte[]> command(String topic, String type, String data) {
    return structured(
        topic,
        """
        {"specversion":"1.0","id":"1","source":"/tests","type":"%s","subject":"%s","data":%s}"""
            .formatted(type, ID, data));
  }

  private static ConsumerRecord<byte[], byte[]> structured(String topic, String json) {
    return Records.structured(topic, json.getBytes(StandardCharsets.UTF_8));
  }

  private static ConsumerRecord<byte[], byte[]> binary(
      String topic, String type, String data, Map<String, String> more) {
    return Records.record(topic, data.getBytes(StandardCharsets.UTF_8), headers(type, more));
  }

  private static Map<String, String> headers(String type, Map<String, String> more) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("ce_specversion", "1.0");
    headers.put("ce_id", "1");
    headers.put("ce_source", "/tests");
    headers.put("ce_type", type);
    headers.put("ce_subject", ID.toString());
    headers.putAll(more);
    return headers;
  }

  private static String text(byte[] value) {
    return new String(value, StandardCharsets.UTF_8);
  }

  private Valid valid(ConsumerRecord<byte[], byte[]> record) {
    Decoded decoded = decoder.decode(record);
    assertThat(decoded).isInstanceOf(Valid.class);
    return (Valid) decoded;
  }

  private Unreadable unreadable(ConsumerRecord<byte[], byte[]> record, DeadLetterReason reason) {
    Unreadable unreadable = unreadable(record);
    assertThat(unreadable.reason()).isEqualTo(reason);
    return unreadable;
  }

  private Unreadable unreadable(ConsumerRecord<byte[], byte[]> record) {
    Decoded decoded = decoder.decode(record);
    assertThat(decoded).isInstanceOf(Unreadable.class);
    return (Unreadable) decoded;
  }
}
