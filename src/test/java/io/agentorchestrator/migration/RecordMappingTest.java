package io.agentorchestrator.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a record becomes, and that it comes out again as it was. */
class RecordMappingTest {

  private static final UUID ID = UUID.randomUUID();
  private static final UUID AGENT = UUID.randomUUID();
  private static final Map<UUID, String> FLEET = Map.of(AGENT, "active");

  @Test
  void bringsARegularTaskBackAsItWasWithoutKeepingAnythingBesides() throws Exception {
    for (ObjectNode record :
        List.of(
            OldRecords.task(ID),
            OldRecords.running(ID, AGENT),
            OldRecords.completed(ID, AGENT),
            OldRecords.failed(ID, AGENT))) {
      Mapped mapped = task(record);

      assertThat(OldView.task(entity(mapped))).isEqualTo(parsed(record));
      assertThat(mapped.fields().get("metadata")).isEmpty();
      assertThat(mapped.notes()).isEmpty();
    }
  }

  @Test
  void bringsARegularAgentBackAsItWas() throws Exception {
    ObjectNode record = OldRecords.agent(ID);

    Mapped mapped = OldRecords.map(OldKind.AGENT, ID, OldRecords.dumps(record), Map.of());

    ObjectNode back = OldView.agent(entity(mapped), mapped.lastSeen(), null);
    back.setAll((ObjectNode) mapped.fields().at("/metadata/imported"));
    assertThat(back).isEqualTo(parsed(record));
    assertThat(mapped.lastSeen()).isEqualTo(Instant.parse("2024-01-15T10:29:58.000001Z"));
    assertThat(mapped.fields().get("lease_seconds").intValue()).isZero();
  }

  @Test
  void bringsARegularWorkflowBackAsItWas() throws Exception {
    ObjectNode record = OldRecords.workflow(ID, List.of(AGENT));

    Mapped mapped = OldRecords.map(OldKind.WORKFLOW, ID, OldRecords.dumps(record), Map.of());

    assertThat(OldView.workflow(entity(mapped), List.of(AGENT.toString())))
        .isEqualTo(parsed(record));
    assertThat(mapped.fields().at("/metadata/imported/tasks/0").stringValue())
        .isEqualTo(AGENT.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "pending, submitted, 0, false",
    "running, working, 1, true",
    "completed, completed, 1, true",
    "failed, failed, 1, true",
    "cancelled, canceled, 1, true",
    "canceled, canceled, 1, true",
    "TaskStatus.RUNNING, working, 1, true",
  })
  void knowsEveryStateOfATask(String old, String status, int attempt, boolean hasAgent)
      throws Exception {
    Mapped mapped = task(OldRecords.completed(ID, AGENT).put("status", old));

    assertThat(mapped.status()).isEqualTo(status);
    assertThat(mapped.fields().get("attempt").intValue()).isEqualTo(attempt);
    assertThat(mapped.fields().get("assigned_agent_id").isString()).isEqualTo(hasAgent);
  }

  @ParameterizedTest
  @CsvSource({"idle, active", "busy, active", "offline, offline", "AgentStatus.IDLE, active"})
  void knowsEveryStateOfAnAgent(String old, String status) throws Exception {
    ObjectNode record = OldRecords.agent(ID).put("status", old);

    assertThat(OldRecords.map(OldKind.AGENT, ID, OldRecords.dumps(record), Map.of()).status())
        .isEqualTo(status);
  }

  @Test
  void letsATaskWaitWhoseAgentIsNotThereOrOffline() throws Exception {
    for (Map<UUID, String> fleet :
        List.of(Map.<UUID, String>of(), Map.of(AGENT, "offline"), Map.of(AGENT, "deregistered"))) {
      Mapped mapped =
          OldRecords.map(OldKind.TASK, ID, OldRecords.dumps(OldRecords.running(ID, AGENT)), fleet);

      assertThat(mapped.status()).isEqualTo("submitted");
      assertThat(mapped.fields().get("started_at").isNull()).isTrue();
      assertThat(mapped.notes()).extracting(Note::reason).containsExactly(Reason.AGENT_MISSING);
      assertThat(mapped.fields().at("/metadata/imported/status").stringValue())
          .isEqualTo("running");
    }
  }

  @Test
  void givesATaskOfSeveralAgentsToTheFirstThatIsThere() throws Exception {
    ObjectNode record = OldRecords.running(ID, UUID.randomUUID());
    record.withArray("assigned_agents").add(AGENT.toString());

    Mapped mapped = task(record);

    assertThat(mapped.agent()).isEqualTo(AGENT);
    assertThat(mapped.notes()).extracting(Note::reason).containsExactly(Reason.SEVERAL_AGENTS);
  }

  @ParameterizedTest
  @CsvSource({
    "2024-01-15 10:30:00.123456, 2024-01-15T10:30:00.123456Z",
    "2024-01-15 10:30:00, 2024-01-15T10:30:00Z",
    "2024-01-15T10:30:00, 2024-01-15T10:30:00Z",
    "2024-01-15T10:30:00.5Z, 2024-01-15T10:30:00.500Z",
    "2024-01-15T12:30:00.123456+02:00, 2024-01-15T10:30:00.123456Z",
  })
  void readsTimesWithAndWithoutMicrosecondsAndZone(String old, Instant time) {
    assertThat(OldTime.parse(old)).contains(time);
  }

  @ParameterizedTest
  @CsvSource({"2024-01-15", "15.01.2024 10:30:00", "now", "''", "2024-13-01 00:00:00"})
  void takesNothingElseForATime(String text) {
    assertThat(OldTime.parse(text)).isEmpty();
  }

  @Test
  void writesTimesAsPythonDoes() {
    assertThat(OldTime.format(Instant.parse("2024-01-15T10:30:00Z")))
        .isEqualTo("2024-01-15 10:30:00");
    assertThat(OldTime.isoFormat(Instant.parse("2024-01-15T10:30:00Z")))
        .isEqualTo("2024-01-15T10:30:00");
    assertThat(OldTime.isoFormat(Instant.parse("2024-01-15T10:30:00.000001Z")))
        .isEqualTo("2024-01-15T10:30:00.000001");
    assertThat(OldTime.format(Instant.parse("2024-01-15T10:30:00.5Z")))
        .isEqualTo("2024-01-15 10:30:00.500000");
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "5, 5", "HIGH, 3", "TaskPriority.LOW, 1", "'4', 4", "9, 5", "-1, 1", "?, 2"})
  void readsPrioritiesAsNumbersAndNames(String old, int priority) throws Exception {
    ObjectNode record = OldRecords.task(ID);
    if (old.matches("-?\\d")) {
      record.put("priority", Integer.parseInt(old));
    } else {
      record.put("priority", old);
    }

    Mapped mapped = task(record);

    assertThat(mapped.fields().get("priority").intValue()).isEqualTo(priority);
    boolean exact = !List.of("9", "-1", "?").contains(old);
    assertThat(mapped.notes().isEmpty()).isEqualTo(exact);
  }

  @Test
  void keepsWhatHasNoPlaceHereInTheMetadata() throws Exception {
    ObjectNode record = OldRecords.task(ID).put("owner", "team 7");

    assertThat(task(record).fields().at("/metadata/imported/owner").stringValue())
        .isEqualTo("team 7");
  }

  @Test
  void refusesANumberBeyondADoubleButKeepsTheDigitsOfOthers() throws Exception {
    String json = OldRecords.dumps(OldRecords.task(ID)).replace("1.0", "1.10e+30");

    assertThat(OldRecords.map(OldKind.TASK, ID, json, FLEET).fields().get("input").toString())
        .contains("1.10E+30");
    assertThat(refusal(json.replace("1.10e+30", "1e999")).reason()).isEqualTo(Reason.BAD_VALUE);
    assertThat(refusal(json.replace("1.10e+30", "1e-999")).reason()).isEqualTo(Reason.BAD_VALUE);
  }

  @Test
  void saysNothingOfValuesInARefusal() {
    String json = OldRecords.dumps(OldRecords.task(ID).put("status", "s3cret"));

    assertThat(refusal(json).message()).doesNotContain("s3cret");
    assertThat(refusal("{\"s3cret\": s3cret").message()).doesNotContain("s3cret");
  }

  private static Note refusal(String json) {
    return catchThrowableOfType(
            UnimportableException.class, () -> OldRecords.map(OldKind.TASK, ID, json, FLEET))
        .note();
  }

  private static Mapped task(ObjectNode record) throws UnimportableException {
    return OldRecords.map(OldKind.TASK, ID, OldRecords.dumps(record), FLEET);
  }

  private static ObjectNode entity(Mapped mapped) {
    ObjectNode entity = mapped.fields().deepCopy();
    return entity.put("id", mapped.id().toString());
  }

  private static JsonNode parsed(ObjectNode record) {
    return OldJson.MAPPER.readTree(OldRecords.dumps(record));
  }
}
