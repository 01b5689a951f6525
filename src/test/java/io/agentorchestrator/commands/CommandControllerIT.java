package io.agentorchestrator.commands;

import static io.agentorchestrator.rest.Reading.command;
import static io.agentorchestrator.rest.Reading.createTask;
import static io.agentorchestrator.rest.Reading.names;
import static io.agentorchestrator.rest.Reading.register;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.log.LogGate;
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
  void knowsARejectionHoweverMuchElseCameUnderItsId() {
    reading.apply(command("task.cancel.v1", task, Map.of()).put("id", id));
    ObjectNode bulk =
        command(
                "agents.bulk.v1",
                UUID.randomUUID(),
                Map.of(
                    "operation", "deregister", "mode", "best_effort", "agent_ids", Reading.ids(3)))
            .put("id", id)
            .put("source", "/bulk");
    reading.apply(bulk);
    // Of the dead letters as many as there may be, and more entries of a bulk than any limit was.
    copy("command.rejected.v1", "command.dead-lettered.v1", Reading.SOURCE, 1_100);
    copy("agents.bulk-completed.v1", "agents.bulk-completed.v1", "/bulk", 2_500);

    List<JsonNode> commands = find();

    assertThat(commands)
        .filteredOn(command -> command.get("outcome").stringValue().equals("dead_lettered"))
        .hasSize(1_000);
    assertThat(commands)
        .filteredOn(command -> command.get("outcome").stringValue().equals("rejected"))
        .extracting(command -> command.get("source").stringValue())
        .contains(Reading.SOURCE);
    assertThat(commands)
        .filteredOn(command -> command.get("source").stringValue().equals("/bulk"))
        .singleElement()
        .satisfies(command -> assertThat(command.get("positions")).hasSize(2_501));
  }

  @Test
  void showsTheNewestOfVeryManyFromEverySource() {
    reading
        .sql()
        .sql(
            """
            INSERT INTO command_keys (id, source, digest, type, recorded_at)
            SELECT :id, '/source-' || n, decode(md5('d' || n), 'hex'), 'task.create.v1',
              now() + n * interval '1 ms'
            FROM generate_series(1, 1100) AS n
            """)
        .param("id", id)
        .update();

    assertThat(find())
        .hasSize(1_000)
        .first()
        .satisfies(
            oldest -> assertThat(oldest.get("source").stringValue()).isEqualTo("/source-101"));
    assertThat(only(rows("&source=/source-1")).get("outcome").stringValue()).isEqualTo("accepted");
  }

  /** Repeats an entry of this id about other entities, or as a type that is about none. */
  private void copy(String type, String as, String source, int times) {
    reading.inTransaction(
        () -> {
          reading.worker().bean(LogGate.class).enter();
          return reading
              .sql()
              .sql(
                  """
                  INSERT INTO orchestration_log
                  SELECT (jsonb_populate_record(entry, jsonb_build_object('id', gen_random_uuid(),
                    'position', nextval('orchestration_log_position'), 'type', CAST(:as AS text))
                    || CASE WHEN type = :as
                      THEN jsonb_build_object('entity_id', gen_random_uuid())
                      ELSE '{"entity_type": null, "entity_id": null, "entity_version": null}' END)).*
                  FROM orchestration_log AS entry CROSS JOIN generate_series(1, :times)
                  WHERE command_id = :id AND command_source = :source AND type = :type
                  """)
              .param("id", id)
              .param("source", source)
              .param("type", type)
              .param("as", as)
              .param("times", times)
              .update();
        });
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
