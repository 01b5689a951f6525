package io.agentorchestrator.log;

import static io.agentorchestrator.rest.Reading.command;
import static io.agentorchestrator.rest.Reading.createTask;
import static io.agentorchestrator.rest.Reading.names;
import static io.agentorchestrator.rest.Reading.register;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.rest.Reading;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class LogControllerIT {

  private final Reading reading = Reading.shared();
  private final UUID agent = UUID.randomUUID();
  private final UUID task = UUID.randomUUID();
  private final String actor = "actor-" + UUID.randomUUID();

  @Test
  void showsAnEntryWithTheFieldsOfItsEventsData() {
    ObjectNode create = by(createTask(task, "task", Map.of("input", Map.of("Key", 1))));
    reading.apply(create);

    JsonNode entry = reading.rows("/log?entity_id=" + task).getFirst();

    assertThat(names(entry))
        .containsExactly(
            "id",
            "type",
            "time",
            "position",
            "operation",
            "entity_type",
            "entity_id",
            "entity_version",
            "status",
            "message",
            "command",
            "actor",
            "changes",
            "details");
    assertThat(entry.get("type").stringValue()).isEqualTo("task.created.v1");
    assertThat(entry.at("/command/id")).isEqualTo(create.get("id"));
    assertThat(entry.at("/changes/input").toString()).isEqualTo("{\"Key\":1}");
    assertThat(entry.get("time")).isEqualTo(entry.at("/changes/created_at"));
    assertThat(names(reading.read("/log?entity_id=" + task)))
        .containsExactly("entries", "limit", "next_cursor");
  }

  @ParameterizedTest
  @CsvSource({
    "'', 3210",
    "type=task.created.v1, 1",
    "type=task.created.v1&type=agent.registered.v1, 10",
    "entity_type=task, 321",
    "entity_type=workflow, ''",
    "entity_id=TASK, 321",
    "operation=task.cancel, 2",
    "status=failure, 3",
    "command_id=CREATE, 1",
    "from=SECOND, 321",
    "to=SECOND, 0",
    "from=SECOND&to=SECOND, ''",
    "type=task.created.v1&entity_id=TASK&status=success&operation=task.create&min_position=1, 1"
  })
  void listsThoseThatMeetAllConditionsNewestFirst(String query, String expected) {
    List<String> events =
        List.of(
            "agent.registered.v1", "task.created.v1", "task.canceled.v1", "command.rejected.v1");
    ObjectNode create = by(createTask(task, "task", Map.of()));
    reading.apply(by(register(agent, "agent", Map.of())));
    reading.apply(create);
    reading.apply(by(command("task.cancel.v1", task, Map.of())));
    reading.apply(by(command("task.start.v1", task, Map.of("agent_id", agent, "attempt", 1))));
    String second =
        reading
            .rows("/log?type=task.created.v1&entity_id=" + task)
            .getFirst()
            .get("time")
            .asString();
    String filled =
        query
            .replace("TASK", task.toString())
            .replace("CREATE", create.get("id").asString())
            .replace("SECOND", second);

    for (int limit : new int[] {1, 3, 50}) {
      String path = "/log?actor=" + actor + "&limit=" + limit + "&" + filled;
      assertThat(reading.allIds(path)).hasSize(expected.length());
    }
    assertThat(reading.rows("/log?actor=" + actor + "&" + filled))
        .extracting(entry -> entry.get("type").stringValue())
        .containsExactlyElementsOf(expected.chars().mapToObj(c -> events.get(c - '0')).toList());
  }

  @Test
  void looksADayBackUnlessToldWhereToLook() {
    ObjectNode old = by(createTask(task, "task", Map.of()));
    reading.apply(old);
    reading
        .sql()
        .sql(
            """
            UPDATE orchestration_log SET recorded_at = recorded_at - interval '25 hours'
            WHERE entity_id = ? AND recorded_at > now() - interval '1 hour'
            """)
        .param(task)
        .update();
    reading.apply(by(command("task.cancel.v1", task, Map.of())));

    assertThat(reading.rows("/log?actor=" + actor)).hasSize(1);
    assertThat(reading.rows("/log?to=2999-01-01T00:00:00Z&actor=" + actor)).hasSize(1);
    assertThat(reading.rows("/log?entity_id=" + task)).hasSize(2);
    assertThat(reading.rows("/log?from=2026-01-01T00:00:00Z&actor=" + actor)).hasSize(2);
    assertThat(reading.rows("/log?command_id=" + old.get("id").asString())).hasSize(1);
  }

  @Test
  void takesOneStatement() {
    for (UUID id : Reading.ids(5)) {
      reading.apply(by(createTask(id, "task", Map.of())));
    }

    assertThat(reading.statements("/log?actor=" + actor)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "type=task.create.v1 | type | task.created.v1",
        "entity_type=tasks | entity_type | agent, bulk_operation, service, task, workflow",
        "entity_id=x | entity_id | UUID in lower case",
        "status=ok | status | failure, partial, success",
        "from=now | from | RFC 3339",
        "to=2026-13-01T00:00:00Z | to | RFC 3339",
        "operation= | operation | 1 to 255",
        "count=true | count | cursor, min_position",
      })
  void refusesWhatItDoesNotUnderstand(String query, String parameter, String allowed) {
    assertThat(reading.get("/log?" + query).problem(400))
        .startsWith(parameter + ":")
        .contains(allowed);
  }

  private ObjectNode by(ObjectNode command) {
    return command.put("actor", actor);
  }
}
