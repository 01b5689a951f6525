package io.agentorchestrator.workflows;

import static io.agentorchestrator.rest.Reading.assign;
import static io.agentorchestrator.rest.Reading.command;
import static io.agentorchestrator.rest.Reading.createTask;
import static io.agentorchestrator.rest.Reading.createWorkflow;
import static io.agentorchestrator.rest.Reading.names;
import static io.agentorchestrator.rest.Reading.register;
import static io.agentorchestrator.rest.Reading.step;
import static io.agentorchestrator.rest.Reading.texts;
import static io.agentorchestrator.rest.Reading.word;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.rest.Reading;
import io.agentorchestrator.schemas.Schemas;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class WorkflowControllerIT {

  private final Reading reading = Reading.shared();
  private final String user = "user-" + UUID.randomUUID();
  private final String type = "type-" + UUID.randomUUID();
  private final UUID agent = UUID.randomUUID();
  private final UUID workflow = UUID.randomUUID();

  @Test
  void showsTheFieldsOfTheContractInItsOrder() {
    reading.apply(
        create(
            workflow,
            Reading.ids(2),
            Map.of(
                "configuration", Map.of("someKey", List.of(1)), "metadata", Map.of("aB", 1.50))));

    JsonNode shown = reading.read("/workflows/" + workflow);

    assertThat(names(shown))
        .containsExactly(
            "id",
            "name",
            "description",
            "user_id",
            "status",
            "priority",
            "on_task_failure",
            "configuration",
            "metadata",
            "timeout_seconds",
            "deadline_at",
            "created_at",
            "started_at",
            "completed_at",
            "updated_at",
            "entity_version",
            "task_counts");
    assertThat(shown.get("configuration").toString()).isEqualTo("{\"someKey\":[1]}");
    assertThat(shown.get("metadata").toString()).isEqualTo("{\"aB\":1.5}");
    assertThat(shown.get("task_counts").toString())
        .isEqualTo(
            "{\"submitted\":2,\"assigned\":0,\"working\":0,\"input_required\":0,"
                + "\"completed\":0,\"failed\":0,\"canceled\":0}");
    assertThat(reading.rows("/workflows?user_id=" + user)).containsExactly(shown);
  }

  @Test
  void countsItsTasksInEveryState() {
    List<UUID> tasks = Reading.ids(14);
    reading.apply(register(agent, type, Map.of("max_concurrent_tasks", 20)));
    reading.apply(create(workflow, tasks, Map.of("on_task_failure", "continue")));
    reading.apply(
        createTask(UUID.randomUUID(), type, Map.of()),
        create(UUID.randomUUID(), Reading.ids(3), Map.of()));
    for (UUID task : tasks.subList(2, 14)) {
      reading.apply(assign(task, agent));
    }
    // Two are left submitted, one assigned, and so on: no two states have as many.
    bring(tasks.subList(3, 6), "task.start.v1", Map.of());
    bring(tasks.subList(6, 7), "task.progress.v1", Map.of("status", "input_required"));
    bring(tasks.subList(7, 11), "task.complete.v1", Map.of());
    bring(
        tasks.subList(11, 12),
        "task.fail.v1",
        Map.of("error", Map.of("code", "E", "message", "Broken."), "retryable", false));
    for (UUID task : tasks.subList(12, 14)) {
      reading.apply(command("task.cancel.v1", task, Map.of()));
    }

    assertThat(reading.read("/workflows/" + workflow).get("task_counts").toString())
        .isEqualTo(
            "{\"submitted\":2,\"assigned\":1,\"working\":3,\"input_required\":1,"
                + "\"completed\":4,\"failed\":1,\"canceled\":2}");
    assertThat(reading.rows("/workflows?user_id=" + user))
        .extracting(each -> sum(each.get("task_counts")))
        .containsExactly(3, 14);
  }

  @Test
  void embedsAllItsTasksAsTheyAreShownThemselves() {
    List<UUID> tasks = Reading.ids(99);
    reading.apply(
        createWorkflow(
            workflow,
            user,
            tasks.stream()
                .map(
                    task ->
                        step(
                            task,
                            type,
                            task.equals(tasks.getFirst())
                                ? Map.of()
                                : Map.of("depends_on", List.of(tasks.getFirst()))))
                .toList(),
            Map.of()));
    UUID last = UUID.randomUUID();
    reading.apply(createTask(last, type, Map.of("workflow_id", workflow)));

    JsonNode shown = reading.read("/workflows/" + workflow + "?include=tasks");

    List<JsonNode> embedded = shown.get("tasks").valueStream().toList();
    assertThat(embedded).hasSize(100).isEqualTo(reading.rows("/tasks?limit=200&type=" + type));
    assertThat(embedded.getFirst()).isEqualTo(reading.read("/tasks/" + last));
    assertThat(embedded)
        .filteredOn(task -> task.get("id").stringValue().equals(tasks.getLast().toString()))
        .singleElement()
        .isEqualTo(reading.read("/tasks/" + tasks.getLast()))
        .satisfies(
            task ->
                assertThat(texts(task.get("blocked_by")))
                    .containsExactly(tasks.getFirst().toString()));
    assertThat(((ObjectNode) shown).remove("tasks")).isNotNull();
    assertThat(reading.read("/workflows/" + workflow)).isEqualTo(shown);
  }

  @Test
  void showsWhatTheLogTells() {
    List<UUID> tasks = Reading.ids(2);
    reading.apply(register(agent, type, Map.of()));
    reading.apply(create(workflow, tasks, Map.of("timeout_seconds", 600, "priority", 5)));
    reading.apply(assign(tasks.get(0), agent));
    reading.apply(command("workflow.pause.v1", workflow, Map.of("reason", "Lunch.")));
    reading.apply(word("task.complete.v1", tasks.get(0), agent, Map.of()));
    reading.apply(command("workflow.resume.v1", workflow, Map.of()));
    reading.apply(assign(tasks.get(1), agent));
    reading.apply(word("task.complete.v1", tasks.get(1), agent, Map.of()));

    JsonNode shown = reading.read("/workflows/" + workflow);

    assertThat(shown.get("status").stringValue()).isEqualTo("completed");
    ObjectNode told = Schemas.JSON.createObjectNode();
    List<JsonNode> entries = reading.rows("/log?entity_id=" + workflow).reversed();
    for (JsonNode entry : entries) {
      told.setAll((ObjectNode) entry.get("changes"));
    }
    told.put("id", workflow.toString());
    told.set("entity_version", entries.getLast().get("entity_version"));
    told.set("task_counts", shown.get("task_counts"));
    assertThat(entries).hasSize(5);
    assertThat(shown).isEqualTo(told);
  }

  @Test
  void showsAWorkflowAndItsTasksAsTheyWereAtOneMoment() {
    List<UUID> tasks = Reading.ids(60);
    reading.apply(create(workflow, tasks, Map.of("on_task_failure", "continue")));
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> tasks.forEach(task -> reading.apply(command("task.cancel.v1", task, Map.of()))));

    int seen;
    do {
      JsonNode shown = reading.read("/workflows/" + workflow + "?include=tasks");
      Map<String, Integer> counted = new HashMap<>();
      shown
          .get("tasks")
          .valueStream()
          .forEach(task -> counted.merge(task.get("status").stringValue(), 1, Integer::sum));
      seen = counted.getOrDefault("canceled", 0);
      assertThat(shown.at("/task_counts/canceled").intValue()).isEqualTo(seen);
      assertThat(shown.get("status").stringValue())
          .isEqualTo(seen == tasks.size() ? "failed" : "pending");
    } while (seen < tasks.size() && !writer.isCompletedExceptionally());
    writer.join();
  }

  @ParameterizedTest
  @CsvSource({
    "'', DCBA",
    "status=pending, A",
    "status=running, B",
    "status=paused, C",
    "status=canceled, D",
    "status=failed, ''",
    "status=running&min_position=1, B"
  })
  void listsThoseThatMeetAllConditionsNewestFirst(String query, String expected) {
    List<UUID> ids = Reading.ids(4);
    UUID running = UUID.randomUUID();
    reading.apply(register(agent, type, Map.of()));
    for (UUID id : ids) {
      reading.apply(
          create(id, id.equals(ids.get(1)) ? List.of(running) : Reading.ids(1), Map.of()));
    }
    reading.apply(createWorkflow(workflow, user + "x", steps(Reading.ids(1)), Map.of()));
    reading.apply(
        assign(running, agent),
        command("workflow.pause.v1", ids.get(2), Map.of()),
        command("workflow.cancel.v1", ids.get(3), Map.of()));

    assertThat(reading.ids("/workflows?user_id=" + user + "&" + query))
        .containsExactlyElementsOf(expected.chars().mapToObj(c -> ids.get(c - 'A')).toList());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 9, 10, 200})
  void showsEveryRowOnceThoughManyAreOfTheSameTime(int limit) {
    List<UUID> ids = Reading.ids(9);
    for (List<UUID> together : List.of(ids.subList(0, 5), ids.subList(5, 9))) {
      reading.apply(
          together.stream()
              .map(id -> create(id, Reading.ids(1), Map.of()))
              .toArray(ObjectNode[]::new));
    }
    List<UUID> expected =
        reading.idsInAnotherSession(
            "SELECT id FROM workflows WHERE id = ANY(?) ORDER BY created_at DESC, id DESC", ids);

    assertThat(reading.allIds("/workflows?user_id=" + user + "&limit=" + limit))
        .containsExactlyElementsOf(expected);
    JsonNode page = reading.read("/workflows?count=true&limit=2&user_id=" + user);
    assertThat(names(page))
        .containsExactly("workflows", "limit", "next_cursor", "total_count", "total_count_exact");
    assertThat(page.get("total_count").intValue()).isEqualTo(9);
    assertThat(
            reading.get("/workflows?cursor=" + page.get("next_cursor").stringValue()).problem(400))
        .startsWith("cursor:");
  }

  @Test
  void takesAFewStatementsWhateverTheNumberOfWorkflows() {
    reading.apply(create(workflow, Reading.ids(2), Map.of()));
    for (UUID id : Reading.ids(20)) {
      reading.apply(create(id, Reading.ids(2), Map.of()));
    }

    assertThat(reading.statements("/workflows?user_id=" + user + "&limit=2")).isEqualTo(2);
    assertThat(reading.statements("/workflows?user_id=" + user)).isEqualTo(2);
    assertThat(reading.statements("/workflows?user_id=" + user + "&count=true")).isEqualTo(3);
    assertThat(reading.statements("/workflows?user_id=nobody")).isEqualTo(1);
    assertThat(reading.statements("/workflows/" + workflow)).isEqualTo(2);
    assertThat(reading.statements("/workflows/" + workflow + "?include=tasks")).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "status=open | status | canceled, completed, failed, paused, pending, running",
        "status=running&status=paused | status | once",
        "user_id= | user_id | 1 to 255 characters",
        "user_id=a%00 | user_id | U+0000",
        "limit=0 | limit | from 1 to 200",
        "limit=201 | limit | from 1 to 200",
        "count=yes | count | true or false",
        "cursor=x | cursor | next_cursor",
        "min_position=-1 | min_position | at least 0",
        "user=x | user | status, user_id, limit, cursor, count, min_position",
      })
  void refusesWhatItDoesNotUnderstand(String query, String parameter, String allowed) {
    Reading.Answer answer = reading.get("/workflows?" + query);

    assertThat(answer.problem(400)).startsWith(parameter + ":").contains(allowed);
    assertThat(answer.json().get("parameter").stringValue()).isEqualTo(parameter);
  }

  @Test
  void doesNotFindWhatIsNotThere() {
    assertThat(reading.get("/workflows/" + workflow).problem(404))
        .isEqualTo("There is no workflow %s.".formatted(workflow));
    assertThat(reading.get("/workflows/" + workflow + "?include=tasks").status()).isEqualTo(404);
    assertThat(reading.get("/workflows/x").problem(400)).contains("UUID in lower case");
    reading.apply(create(workflow, Reading.ids(1), Map.of()));
    assertThat(reading.get("/workflows/" + workflow.toString().toUpperCase(Locale.ROOT)).status())
        .isEqualTo(400);
    assertThat(reading.get("/workflows/" + workflow + "?include=task").problem(400))
        .startsWith("include:")
        .contains("tasks");
  }

  private ObjectNode create(UUID id, List<UUID> tasks, Map<String, ?> more) {
    return createWorkflow(id, user, steps(tasks), more);
  }

  private List<Map<String, Object>> steps(List<UUID> tasks) {
    return tasks.stream().map(task -> step(task, type, Map.of())).toList();
  }

  private void bring(List<UUID> tasks, String command, Map<String, ?> data) {
    tasks.forEach(task -> reading.apply(word(command, task, agent, data)));
  }

  private static int sum(JsonNode counts) {
    return counts.valueStream().mapToInt(JsonNode::intValue).sum();
  }
}
