package io.agentorchestrator.commands;

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
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class CommandControllerIT {

  private final Reading reading = Reading.shared();
  private final UUID task = UUID.randomUUID();
  private final String id = UUID.randomUUID().toString();

  @Test
  void tellsWhereInTheLogAnAcceptedCommandIs() {
    UUID child = UUID.randomUUID();
    reading.apply(
        createTask(task, "task", Map.of()),
        createTask(child, "task", Map.of("parent_task_id", task)));
    assertThat(reading.get("/commands?id=" + id).problem(404)).contains(id);

    reading.apply(command("task.cancel.v1", task, Map.of()).put("id", id));

    JsonNode command = only(find());
    assertThat(names(command))
        .containsExactly("source", "id", "type", "outcome", "rejection", "positions", "time");
    assertThat(command.get("source").stringValue()).isEqualTo(Reading.SOURCE);
    assertThat(command.get("id").stringValue()).isEqualTo(id);
    assertThat(command.get("type").stringValue()).isEqualTo("task.cancel.v1");
    assertThat(command.get("outcome").stringValue()).isEqualTo("accepted");
    assertThat(command.get("rejection").isNull()).isTrue();
    List<JsonNode> entries = reading.rows("/log?command_id=" + id);
    assertThat(command.get("positions").valueStream())
        .containsExactlyInAnyOrderElementsOf(
            entries.stream().map(entry -> entry.get("position")).toList())
        .hasSize(2);
    assertThat(command.get("time")).isEqualTo(entries.getFirst().get("time"));
  }

  @Test
  void tellsWhyACommandWasRejected() {
    reading.apply(command("task.cancel.v1", task, Map.of()).put("id", id));

    JsonNode command = only(find());

    assertThat(command.get("outcome").stringValue()).isEqualTo("rejected");
    assertThat(names(command.get("rejection"))).containsExactly("type", "reason");
    assertThat(command.at("/rejection/type").stringValue()).isEqualTo("NOT_FOUND");
    assertThat(command.at("/rejection/reason").stringValue()).contains(task.toString());
    assertThat(command.get("positions")).hasSize(1);
  }

  @Test
  void hasNoPositionsWhereNothingHadToChange() {
    UUID agent = UUID.randomUUID();
    reading.apply(register(agent, "agent", Map.of()));
    reading.apply(register(agent, "agent", Map.of()).put("id", id));

    JsonNode command = only(find());

    assertThat(command.get("outcome").stringValue()).isEqualTo("accepted");
    assertThat(command.get("positions")).isEmpty();
  }

  @Test
  void tellsAReusedIdAndItsOwnerApartByTheirContent() {
    ObjectNode owner = createTask(task, "task", Map.of()).put("id", id);
    reading.apply(owner);
    reading.apply(owner.deepCopy());
    reading.apply(command("task.cancel.v1", task, Map.of()).put("id", id));
    reading.apply(command("task.cancel.v1", task, Map.of()).put("id", id));

    List<JsonNode> commands = find();

    assertThat(commands)
        .extracting(command -> command.get("outcome").stringValue())
        .containsExactly("accepted", "rejected");
    assertThat(commands.getFirst().get("positions")).hasSize(1);
    assertThat(commands.getLast().get("type").stringValue()).isEqualTo("task.cancel.v1");
    assertThat(commands.getLast().at("/rejection/type").stringValue()).isEqualTo("ALREADY_EXISTS");
    assertThat(commands.getLast().get("positions")).hasSize(1);
  }

  @Test
  void tellsOfDeadLettersBesideTheCommandThatWasCorrected() {
    ObjectNode broken = createTask(task, "task", Map.of("priority", 9)).put("id", id);
    ObjectNode unknown =
        createTask(task, "task", Map.of()).put("id", id).put("type", "task.bake.v1");
    reading.apply(broken);
    reading.apply(unknown);
    reading.apply(createTask(task, "task", Map.of()).put("id", id));

    List<JsonNode> commands = find();

    assertThat(commands)
        .extracting(
            command -> command.get("type").stringValue() + " " + command.get("outcome").asString())
        .containsExactly(
            "task.create.v1 dead_lettered",
            "task.bake.v1 dead_lettered",
            "task.create.v1 accepted");
    assertThat(commands).allSatisfy(command -> assertThat(command.get("positions")).hasSize(1));
    assertThat(commands.getFirst().get("rejection").isNull()).isTrue();
  }

  @Test
  void tellsOfACommandWhoseKeyIsForgottenByTheLog() {
    reading.apply(createTask(task, "task", Map.of()).put("id", id));
    JsonNode before = only(find());
    assertThat(reading.sql().sql("DELETE FROM command_keys WHERE id = ?").param(id).update())
        .isEqualTo(1);

    assertThat(only(find())).isEqualTo(before);
  }

  @Test
  void tellsSourcesApart() {
    reading.apply(createTask(task, "task", Map.of()).put("id", id));
    reading.apply(command("task.cancel.v1", task, Map.of()).put("id", id).put("source", "/b?&"));

    assertThat(find()).hasSize(2);
    assertThat(only(rows("&source=%2Fb%3F%26")).get("type").stringValue())
        .isEqualTo("task.cancel.v1");
    assertThat(only(rows("&min_position=1&source=" + Reading.SOURCE)).get("type").stringValue())
        .isEqualTo("task.create.v1");
    assertThat(reading.get("/commands?source=/c&id=" + id).problem(404)).contains(id);
  }

  @Test
  void leavesNothingOfAnAcceptedHeartbeat() {
    UUID agent = UUID.randomUUID();
    reading.apply(register(agent, "agent", Map.of()));
    reading.apply(command("agent.heartbeat.v1", agent, Map.of()).put("id", id));

    reading.get("/commands?id=" + id).problem(404);
  }

  @Test
  void refusesToLookForNothing() {
    assertThat(reading.get("/commands").problem(400)).startsWith("id:").contains("required");
    assertThat(reading.get("/commands?source=/a").problem(400)).startsWith("id:");
    assertThat(reading.get("/commands?id=").problem(400)).startsWith("id:");
    assertThat(reading.get("/commands?id=a%00").problem(400)).startsWith("id:");
    assertThat(reading.get("/commands?id=1&type=x").problem(400))
        .startsWith("type:")
        .contains("id, source, min_position");
  }

  private List<JsonNode> find() {
    return rows("");
  }

  private List<JsonNode> rows(String more) {
    return reading.rows("/commands?id=" + id + more);
  }

  private static JsonNode only(List<JsonNode> commands) {
    assertThat(commands).hasSize(1);
    return commands.getFirst();
  }
}
