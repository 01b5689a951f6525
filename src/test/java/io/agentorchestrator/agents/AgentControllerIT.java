package io.agentorchestrator.agents;

import static io.agentorchestrator.rest.Reading.assign;
import static io.agentorchestrator.rest.Reading.command;
import static io.agentorchestrator.rest.Reading.createTask;
import static io.agentorchestrator.rest.Reading.names;
import static io.agentorchestrator.rest.Reading.register;
import static io.agentorchestrator.rest.Reading.word;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.rest.Reading;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class AgentControllerIT {

  private final Reading reading = Reading.shared();
  private final String type = "type-" + UUID.randomUUID();
  private final UUID agent = UUID.randomUUID();
  private final UUID other = UUID.randomUUID();

  @Test
  void showsTheFieldsOfTheContractInItsOrder() {
    reading.apply(
        register(
            agent,
            type,
            Map.of("capabilities", List.of("java", "sql"), "metadata", Map.of("aB", 1.50))));

    JsonNode shown = reading.read("/agents/" + agent);

    assertThat(names(shown))
        .containsExactly(
            "id",
            "type",
            "name",
            "endpoint",
            "version",
            "capabilities",
            "max_concurrent_tasks",
            "enabled",
            "status",
            "lease_seconds",
            "metadata",
            "created_at",
            "updated_at",
            "entity_version",
            "running_tasks",
            "busy",
            "last_seen",
            "performance");
    assertThat(shown.get("metadata").toString()).isEqualTo("{\"aB\":1.5}");
    assertThat(shown.get("performance").toString())
        .isEqualTo(
            "{\"completed\":0,\"failed\":0,\"success_rate\":null,\"average_duration_seconds\":null}");
    assertThat(shown.get("last_seen")).isEqualTo(shown.get("created_at"));
    assertThat(reading.rows("/agents?type=" + type)).containsExactly(shown);
  }

  @Test
  void derivesHowItWorksFromItsTasks() {
    List<UUID> tasks = Reading.ids(4);
    reading.apply(register(agent, type, Map.of("max_concurrent_tasks", 4)));
    for (UUID task : tasks) {
      reading.apply(createTask(task, type, Map.of("max_retries", 0)), assign(task, agent));
    }
    assertThat(reading.read("/agents/" + agent).get("busy").booleanValue()).isTrue();
    Map<String, ?> error = Map.of("error", Map.of("code", "E", "message", ""));

    reading.apply(
        word("task.complete.v1", tasks.get(0), agent, Map.of()),
        word("task.fail.v1", tasks.get(1), agent, error),
        word("task.complete.v1", tasks.get(2), agent, Map.of()));

    JsonNode shown = reading.read("/agents/" + agent);
    assertThat(shown.get("running_tasks").intValue()).isEqualTo(1);
    assertThat(shown.get("busy").booleanValue()).isFalse();
    assertThat(shown.at("/performance/completed").intValue()).isEqualTo(2);
    assertThat(shown.at("/performance/failed").intValue()).isEqualTo(1);
    assertThat(shown.at("/performance/success_rate").doubleValue()).isEqualTo(2 / 3.0);
    assertThat(shown.at("/performance/average_duration_seconds").doubleValue()).isNotNegative();
  }

  @Test
  void embedsTheTasksItHoldsAndNoOthers() {
    List<UUID> tasks = Reading.ids(3);
    reading.apply(register(agent, type, Map.of("max_concurrent_tasks", 5)));
    for (UUID task : tasks) {
      reading.apply(createTask(task, type, Map.of()), assign(task, agent));
    }
    reading.apply(word("task.complete.v1", tasks.getFirst(), agent, Map.of()));

    JsonNode shown = reading.read("/agents/" + agent + "?include=tasks");

    assertThat(shown.get("tasks").valueStream())
        .containsExactly(
            reading.read("/tasks/" + tasks.get(2)), reading.read("/tasks/" + tasks.get(1)));
    assertThat(reading.read("/agents/" + agent).has("tasks")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "status=active, FS",
    "status=deregistered, G",
    "status=offline, ''",
    "busy=true, F",
    "busy=false, SG",
    "capability=java, FS",
    "capability=java&capability=sql, S",
    "capability=java&capability=cobol, ''",
    "q=TRICKY, S",
    "q=100%25, F",
    "q=a_b, S",
    "q=00%25_, ''",
    "q=%5Cd%20, S",
    "status=active&busy=false&capability=sql&q=TRICKY&min_position=1, S"
  })
  void listsThoseThatMeetAllConditions(String query, String expected) {
    UUID full = UUID.randomUUID();
    UUID skilled = UUID.randomUUID();
    UUID gone = UUID.randomUUID();
    reading.apply(
        register(full, type, Map.of("name", "100% full", "capabilities", List.of("java"))),
        register(
            skilled,
            type,
            Map.of("name", "tricky a_b \\d ÄÖ", "capabilities", List.of("sql", "java"))),
        register(gone, type, Map.of("name", "gone axb")),
        command("agent.deregister.v1", gone, Map.of()));
    UUID task = UUID.randomUUID();
    reading.apply(createTask(task, type, Map.of()), assign(task, full));

    assertThat(reading.ids("/agents?type=" + type + "&" + query))
        .extracting(id -> id.equals(full) ? "F" : id.equals(skilled) ? "S" : "G")
        .containsExactlyInAnyOrder(expected.isEmpty() ? new String[0] : expected.split(""));
  }

  @Test
  void takesAFewStatementsWhateverTheNumberOfAgents() {
    for (UUID id : Reading.ids(20)) {
      reading.apply(register(id, type, Map.of()));
    }

    assertThat(reading.statements("/agents?type=" + type + "&limit=2")).isEqualTo(2);
    assertThat(reading.statements("/agents?type=" + type)).isEqualTo(2);
    assertThat(reading.statements("/agents?type=" + type + "&count=true")).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "status=Active | status | active, deregistered, offline",
        "busy=1 | busy | true or false",
        "q=ab | q | 3 to 255 characters",
        "type= | type | 1 to 255 characters",
        "type=a%00 | type | U+0000",
        "limit=0 | limit | from 1 to 200",
        "limit=201 | limit | from 1 to 200",
        "limit=1e2 | limit | from 1 to 200",
        "limit=1&limit=2 | limit | once",
        "count=yes | count | true or false",
        "cursor=x | cursor | next_cursor",
        "min_position=-1 | min_position | at least 0",
        "name=x | name | type, status, busy, capability, q, limit, cursor, count, min_position",
      })
  void refusesWhatItDoesNotUnderstand(String query, String parameter, String allowed) {
    Reading.Answer answer = reading.get("/agents?" + query);

    assertThat(answer.problem(400)).startsWith(parameter + ":").contains(allowed);
    assertThat(answer.json().get("parameter").stringValue()).isEqualTo(parameter);
  }

  @Test
  void doesNotFindWhatIsNotThere() {
    assertThat(reading.get("/agents/" + other).problem(404)).contains(other.toString());
    assertThat(reading.get("/agents/x").problem(400)).contains("id").contains("UUID in lower case");
    reading.apply(register(agent, type, Map.of()));
    assertThat(reading.get("/agents/" + agent.toString().toUpperCase(Locale.ROOT)).status())
        .isEqualTo(400);
    assertThat(reading.get("/agents/" + agent + "?include=task").problem(400)).contains("tasks");
  }
}
