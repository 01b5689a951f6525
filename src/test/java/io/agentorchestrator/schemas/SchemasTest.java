package io.agentorchestrator.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.dialect.DialectId;
import io.agentorchestrator.messages.CommandType;
import io.agentorchestrator.messages.EventType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

class SchemasTest {

  private static final Schemas SCHEMAS = Schemas.load();

  @ParameterizedTest
  @MethodSource("schemaFiles")
  void isASchemaUnderTheIdOfItsPath(Path file) {
    JsonNode schema = Schemas.JSON.readTree(file);
    Schema metaSchema = Schemas.registry().getSchema(SchemaLocation.of(DialectId.DRAFT_2020_12));

    assertThat(metaSchema.validate(schema)).isEmpty();
    assertThat(schema.path("$id").stringValue())
        .isEqualTo(Schemas.PREFIX + Schemas.FOLDER.relativize(file).toString().replace('\\', '/'));
    assertThat(schema.path("$schema").stringValue()).isEqualTo(DialectId.DRAFT_2020_12);
  }

  @Test
  void knowsTheTypesOfTheContract() {
    assertThat(SCHEMAS.commandTypes())
        .containsExactlyInAnyOrder(
            "agent.register.v1",
            "agent.heartbeat.v1",
            "agent.deregister.v1",
            "task.create.v1",
            "task.assign.v1",
            "task.start.v1",
            "task.progress.v1",
            "task.complete.v1",
            "task.fail.v1",
            "task.cancel.v1",
            "agents.bulk.v1",
            "workflow.create.v1",
            "workflow.pause.v1",
            "workflow.resume.v1",
            "workflow.cancel.v1");
    assertThat(SCHEMAS.eventTypes())
        .containsExactlyInAnyOrder(
            "agent.registered.v1",
            "agent.updated.v1",
            "agent.status-changed.v1",
            "agent.deregistered.v1",
            "agents.bulk-completed.v1",
            "task.created.v1",
            "task.assigned.v1",
            "task.started.v1",
            "task.progressed.v1",
            "task.completed.v1",
            "task.failed.v1",
            "task.retry-scheduled.v1",
            "task.timed-out.v1",
            "task.released.v1",
            "task.canceled.v1",
            "workflow.created.v1",
            "workflow.started.v1",
            "workflow.paused.v1",
            "workflow.resumed.v1",
            "workflow.completed.v1",
            "workflow.failed.v1",
            "workflow.canceled.v1",
            "command.rejected.v1",
            "command.dead-lettered.v1",
            "service.health-changed.v1");
  }

  @Test
  void knowsTheTypesThatTheWorkerKnows() {
    assertThat(SCHEMAS.commandTypes())
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(CommandType.values()).map(CommandType::value).toList());
    assertThat(SCHEMAS.eventTypes())
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(EventType.values()).map(EventType::value).toList());
  }

  @Test
  void knowsTheTypesOfEventsThatCanBeRead() {
    JsonNode api = new YAMLMapper().readTree(Schemas.FOLDER.resolve("openapi.yaml"));

    assertThat(api.at("/components/schemas/EventType/enum").valueStream())
        .extracting(JsonNode::stringValue)
        .containsExactlyInAnyOrderElementsOf(SCHEMAS.eventTypes());
  }

  @ParameterizedTest
  @MethodSource("examples")
  void acceptsTheExample(Path file) {
    JsonNode example = Schemas.JSON.readTree(file);

    assertThat(SCHEMAS.violations(type(example), example)).isEmpty();
  }

  @Test
  void hasAnExampleOfEveryType() {
    Set<String> types = new TreeSet<>();
    examples().forEach(file -> types.add(type(Schemas.JSON.readTree(file))));

    assertThat(types).containsAll(SCHEMAS.commandTypes()).containsAll(SCHEMAS.eventTypes());
  }

  @ParameterizedTest
  @MethodSource("eventExamples")
  void refusesAnEventThatLacksAFieldOfItsDataOrHasAnother(Path file) {
    JsonNode event = Schemas.JSON.readTree(file);
    List<JsonNode> broken = new ArrayList<>();
    for (String field : event.path("data").propertyNames()) {
      ObjectNode copy = (ObjectNode) event.deepCopy();
      copy.withObject("/data").remove(field);
      broken.add(copy);
    }
    ObjectNode unknown = (ObjectNode) event.deepCopy();
    unknown.withObject("/data").put("unknown", 1);
    broken.add(unknown);
    ObjectNode changes = (ObjectNode) event.deepCopy();
    changes.withObject("/data/changes").put("id", event.path("subject").asString(""));
    broken.add(changes);

    assertThat(broken).allMatch(copy -> !SCHEMAS.violations(type(event), copy).isEmpty());
  }

  @Test
  void takesTheSameOfATaskAloneAndInAWorkflow() {
    ObjectNode alone = commandSchema("task.create.v1").withObject("/properties/data");
    ObjectNode inWorkflow = commandSchema("workflow.create.v1").withObject("/$defs/task");

    assertThat(inWorkflow.withObject("/properties").remove("task_id")).isNotNull();
    assertThat(alone.withObject("/properties").remove("workflow_id")).isNotNull();
    for (ObjectNode task : List.of(alone, inWorkflow)) {
      task.withObject("/properties/priority").remove(List.of("default", "description"));
      task.withObject("/properties/depends_on").remove("description");
    }
    assertThat(inWorkflow.path("properties")).isEqualTo(alone.path("properties"));
  }

  @Test
  void refusesTheFirstEventOfAnEntityThatDoesNotHoldAllFields() {
    for (String name :
        List.of("agent.registered", "task.created", "workflow.created", "service.health-changed")) {
      JsonNode event = event(name);
      for (String field : event.path("data").path("changes").propertyNames()) {
        ObjectNode copy = (ObjectNode) event.deepCopy();
        copy.withObject("/data/changes").remove(field);
        assertThat(SCHEMAS.violations(type(event), copy)).as(field).isNotEmpty();
      }
    }
  }

  @Test
  void refusesAnAssignmentWithoutAttemptOrAgentOrAllThatTheAgentNeeds() {
    JsonNode event = event("task.assigned");

    for (String pointer : List.of("/data/changes/attempt", "/data/details/task", "/agentid")) {
      ObjectNode copy = (ObjectNode) event.deepCopy();
      int slash = pointer.lastIndexOf('/');
      ((ObjectNode) copy.at(pointer.substring(0, slash))).remove(pointer.substring(slash + 1));
      assertThat(SCHEMAS.violations(type(event), copy)).as(pointer).isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'agent_id':'A','status':'changed'}",
        "{'status':'changed'}",
        "{'agent_id':'%s'}",
        "{'agent_id':'%s','status':'failed'}",
        "{'agent_id':'%s','status':'rejected'}",
        "{'agent_id':'%s','status':'rejected','rejection':null}",
        "{'agent_id':'%s','status':'rejected','rejection':{'type':'NOT_FOUND'}}",
        "{'agent_id':'%s','status':'changed','rejection':null}",
        "{'agent_id':'%s','status':'changed','rejection':{'type':'NOT_FOUND','reason':'a'}}",
        "{'agent_id':'%s','status':'changed','unknown':1}"
      })
  void refusesAWrongResultOfABulkOperation(String result) {
    JsonNode wrong = json(result.formatted("0199b2c0-11aa-7bcd-8e9f-0a1b2c3d4e5f"));
    JsonNode completed = event("agents.bulk-completed.partial");
    JsonNode rejected = event("command.rejected.bulk");

    Rule.put(completed, "/data/changes/results/0", wrong);
    Rule.put(rejected, "/data/details/results/0", wrong);
    assertThat(SCHEMAS.violations(type(completed), completed)).isNotEmpty();
    assertThat(SCHEMAS.violations(type(rejected), rejected)).isNotEmpty();
  }

  @Test
  void callsABulkOperationPartialWhereAnAgentWasRejected() {
    JsonNode partial = event("agents.bulk-completed.partial");
    JsonNode none = event("agents.bulk-completed");
    Rule.put(none, "/data/changes/results", json("[]"));
    assertThat(SCHEMAS.violations(type(none), none)).isEmpty();

    Rule.put(partial, "/data/status", json("'success'"));
    Rule.put(none, "/data/status", json("'partial'"));
    assertThat(SCHEMAS.violations(type(partial), partial)).isNotEmpty();
    assertThat(SCHEMAS.violations(type(none), none)).isNotEmpty();
    Rule.put(none, "/data/status", json("'failure'"));
    assertThat(SCHEMAS.violations(type(none), none)).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"task.assigned", "agent.updated", "workflow.paused"})
  void missesTheDigestOfACommandButNotOfTimersAndDispatch(String name) {
    JsonNode event = event(name);
    Rule.put(event, "/data/command/digest", json("null"));
    assertThat(SCHEMAS.violations(type(event), event)).isNotEmpty();

    for (String source : List.of("/agent-orchestrator/timer", "/agent-orchestrator/dispatch")) {
      Rule.put(event, "/data/command/source", json("'" + source + "'"));
      assertThat(SCHEMAS.violations(type(event), event)).as(source).isEmpty();
    }
    Rule.put(event, "/data/command", json("null"));
    assertThat(SCHEMAS.violations(type(event), event)).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "workflow.created, running",
    "workflow.started, pending",
    "workflow.paused, pending",
    "workflow.resumed, paused",
    "workflow.completed, failed",
    "workflow.failed, completed",
    "workflow.canceled, failed"
  })
  void refusesAWorkflowInTheStateOfAnotherEvent(String name, String state) {
    JsonNode event = event(name);
    Rule.put(event, "/data/changes/status", json("'" + state + "'"));

    assertThat(SCHEMAS.violations(type(event), event)).isNotEmpty();
  }

  @Test
  void callsAFailureNothingButAFailedWorkflow() {
    for (Path file : eventExamples().toList()) {
      JsonNode event = Schemas.JSON.readTree(file);
      if (type(event).startsWith("workflow.")) {
        boolean failed = type(event).equals("workflow.failed.v1");
        Rule.put(event, "/data/status", json(failed ? "'success'" : "'failure'"));
        assertThat(SCHEMAS.violations(type(event), event)).as(type(event)).isNotEmpty();
      }
    }
  }

  @Test
  void acceptsNoMessageWithoutAKnownCommandType() {
    JsonNode command =
        Schemas.JSON.readTree(Schemas.FOLDER.resolve("examples/commands/task.assign.json"));
    ObjectNode without = (ObjectNode) command.deepCopy();
    without.remove("type");

    assertThat(SCHEMAS.accepts(command)).isTrue();
    assertThat(SCHEMAS.accepts(without)).isFalse();
    assertThat(SCHEMAS.accepts(without.put("type", "task.assign.v2"))).isFalse();
    assertThat(SCHEMAS.accepts(without.put("type", 5))).isFalse();
    assertThat(SCHEMAS.accepts(Schemas.JSON.readTree("[]"))).isFalse();
    assertThat(SCHEMAS.accepts(event("task.assigned"))).isFalse();
    assertThatThrownBy(() -> SCHEMAS.violations("task.assign.v2", command))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @MethodSource("examples")
  void refusesTheExampleUnderAnotherType(Path file) {
    ObjectNode example = (ObjectNode) Schemas.JSON.readTree(file);
    String type = type(example);
    example.put("type", type.replace(".v1", ".v2"));

    assertThat(SCHEMAS.violations(type, example)).singleElement().asString().contains("/type");
  }

  @Test
  void namesThePlaceOfAViolation() {
    ObjectNode command =
        (ObjectNode)
            Schemas.JSON.readTree(Schemas.FOLDER.resolve("examples/commands/task.assign.json"));
    command.withObject("/data").put("agent_id", "A");

    assertThat(SCHEMAS.violations("task.assign.v1", command))
        .singleElement()
        .asString()
        .contains("/data/agent_id");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1 {}",
        "1 {'a':1}",
        "2 {'a':{}}",
        "2 {'a':[]}",
        "3 {'a':[1,[2]],'b':{}}",
        "1 []",
        "0 1"
      })
  void countsLevels(String expectation) {
    assertThat(Limit.depth(json(expectation.substring(2))))
        .isEqualTo(Integer.parseInt(expectation.substring(0, 1)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1 0",
        "1 -0",
        "1 0.000",
        "1 1e300",
        "2 1.0",
        "3 1.00",
        "3 -123",
        "4 12.30e5",
        "1 0.0001",
        "2 10",
        "0 '123'",
        "0 true"
      })
  void countsDigitsAsTheyAreWritten(String expectation) {
    assertThat(Limit.digits(json(expectation.substring(2))))
        .isEqualTo(Integer.parseInt(expectation.substring(0, 1)));
  }

  @Test
  void countsBytesOfTheCompactForm() {
    assertThat(Limit.bytes(json("{ 'a' : [ 1 , 2 ] }"))).isEqualTo(11);
    assertThat(Limit.bytes(json("'\\u0041'"))).isEqualTo(3);
    assertThat(Limit.bytes(json("'\\u00e9'"))).isEqualTo(4);
    assertThat(Limit.bytes(json("'\\ud83d\\ude00'"))).isEqualTo(6);
    assertThat(Limit.bytes(json("'\\u0001\\n/'"))).isEqualTo(11);
    assertThat(Limit.bytes(json("1e2"))).isEqualTo(4);
    assertThat(Limit.bytes(json("1.50"))).isEqualTo(4);
  }

  @Test
  void judgesByTheKeywordsOfOurOwn() {
    assertThat(bounded("'x-max-depth':2", "{'a':[]}")).isTrue();
    assertThat(bounded("'x-max-depth':2", "{'a':[[]]}")).isFalse();
    assertThat(bounded("'x-max-bytes':7", "{'a':1}")).isTrue();
    assertThat(bounded("'x-max-bytes':7", "{'a':10}")).isFalse();
    assertThat(bounded("'x-max-digits':3", "1.23")).isTrue();
    assertThat(bounded("'x-max-digits':3", "1.230")).isFalse();
  }

  private static boolean bounded(String keyword, String value) {
    return Schemas.registry().getSchema(json("{" + keyword + "}")).validate(json(value)).isEmpty();
  }

  private static JsonNode json(String text) {
    return Schemas.JSON.readTree(text.replace('\'', '"'));
  }

  private static ObjectNode commandSchema(String type) {
    return (ObjectNode) Schemas.JSON.readTree(Schemas.FOLDER.resolve("commands/" + type + ".json"));
  }

  private static JsonNode event(String name) {
    return Schemas.JSON.readTree(Schemas.FOLDER.resolve("examples/events/" + name + ".json"));
  }

  private static String type(JsonNode message) {
    return message.path("type").stringValue();
  }

  private static Stream<Path> schemaFiles() {
    return files(Schemas.FOLDER)
        .filter(file -> !file.startsWith(Schemas.FOLDER.resolve("examples")));
  }

  private static Stream<Path> examples() {
    return files(Schemas.FOLDER.resolve("examples"));
  }

  private static Stream<Path> eventExamples() {
    return files(Schemas.FOLDER.resolve("examples/events"));
  }

  static Stream<Path> files(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
