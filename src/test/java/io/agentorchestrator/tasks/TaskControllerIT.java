package io.agentorchestrator.tasks;

import static io.agentorchestrator.rest.Reading.assign;
import static io.agentorchestrator.rest.Reading.command;
import static io.agentorchestrator.rest.Reading.createTask;
import static io.agentorchestrator.rest.Reading.createWorkflow;
import static io.agentorchestrator.rest.Reading.names;
import static io.agentorchestrator.rest.Reading.register;
import static io.agentorchestrator.rest.Reading.step;
import static io.agentorchestrator.rest.Reading.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.agentorchestrator.rest.Reading;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class TaskControllerIT {

  private final Reading reading = Reading.shared();
  private final String type = "type-" + UUID.randomUUID();
  private final UUID agent = UUID.randomUUID();
  private final List<UUID> ids = Reading.ids(4);

  @Test
  void showsTheFieldsOfTheContractInItsOrder() {
    UUID task = ids.getFirst();
    reading.apply(createTask(task, type, Map.of("input", Map.of("someKey", List.of(1)))));

    JsonNode shown = reading.read("/tasks/" + task);

    assertThat(names(shown))
        .containsExactly(
            "id",
            "type",
            "name",
            "description",
            "input",
            "result",
            "error",
            "status",
            "priority",
            "required_capabilities",
            "assigned_agent_id",
            "workflow_id",
            "parent_task_id",
            "depends_on",
            "assignment",
            "attempt",
            "retry_count",
            "max_retries",
            "retry_at",
            "timeout_seconds",
            "deadline_at",
            "progress",
            "tags",
            "metadata",
            "created_at",
            "started_at",
            "completed_at",
            "updated_at",
            "entity_version",
            "blocked_by");
    assertThat(shown.get("input").toString()).isEqualTo("{\"someKey\":[1]}");
    assertThat(reading.rows("/tasks?type=" + type)).containsExactly(shown);
  }

  @Test
  void namesTheDependenciesThatAreNotCompleted() {
    reading.apply(register(agent, type, Map.of()));
    reading.apply(
        createTask(ids.get(0), type, Map.of()),
        createTask(ids.get(1), type, Map.of()),
        createTask(ids.get(2), type, Map.of("depends_on", List.of(ids.get(1), ids.get(0)))));
    assertThat(texts(reading.read("/tasks/" + ids.get(2)).get("blocked_by")))
        .containsExactly(ids.get(1).toString(), ids.get(0).toString());

    reading.apply(
        assign(ids.get(1), agent),
        Reading.word("task.complete.v1", ids.get(1), agent, Map.of("result", Map.of())));

    JsonNode shown = reading.read("/tasks/" + ids.get(2));
    assertThat(texts(shown.get("blocked_by"))).containsExactly(ids.get(0).toString());
    assertThat(shown.get("depends_on")).hasSize(2);
  }

  @Test
  void embedsWhatIsAskedFor() {
    reading.apply(register(agent, type, Map.of()));
    reading.apply(
        createTask(ids.get(0), type, Map.of()),
        createTask(ids.get(1), type, Map.of("parent_task_id", ids.get(0))));
    reading.apply(
        createTask(ids.get(2), type, Map.of("parent_task_id", ids.get(0))),
        assign(ids.get(0), agent));

    JsonNode all = reading.read("/tasks/" + ids.get(0) + "?include=agent,workflow,children");

    assertThat(all.get("agent")).isEqualTo(reading.read("/agents/" + agent));
    assertThat(all.get("workflow").isNull()).isTrue();
    assertThat(all.get("children").valueStream())
        .containsExactly(
            reading.read("/tasks/" + ids.get(2)), reading.read("/tasks/" + ids.get(1)));
    JsonNode one = reading.read("/tasks/" + ids.get(1) + "?include=agent");
    assertThat(one.get("agent").isNull()).isTrue();
    assertThat(one.has("workflow") || one.has("children")).isFalse();
    assertThat(reading.get("/tasks/" + ids.get(0) + "?include=agent,").problem(400))
        .startsWith("include:")
        .contains("agent, children, workflow");
  }

  @Test
  void embedsTheWorkflowItBelongsTo() {
    UUID workflow = UUID.randomUUID();
    reading.apply(
        createWorkflow(workflow, type, List.of(step(ids.get(0), type, Map.of())), Map.of()),
        createTask(ids.get(1), type, Map.of("workflow_id", workflow)));

    JsonNode shown = reading.read("/workflows/" + workflow);

    assertThat(shown.at("/task_counts/submitted").intValue()).isEqualTo(2);
    for (UUID task : ids.subList(0, 2)) {
      String path = "/tasks/" + task;
      assertThat(reading.read(path + "?include=workflow").get("workflow")).isEqualTo(shown);
      assertThat(reading.read(path).has("workflow")).isFalse();
    }
    assertThat(reading.statements("/tasks/" + ids.get(0) + "?include=workflow")).isEqualTo(3);
    assertThat(reading.ids("/tasks?workflow_id=" + workflow))
        .containsExactlyInAnyOrder(ids.get(0), ids.get(1));
  }

  @ParameterizedTest
  @CsvSource({
    "status=submitted, 123",
    "status=assigned, 0",
    "status=assigned&status=submitted, 0123",
    "agent_id=AGENT, 0",
    "parent_task_id=FIRST, 2",
    "workflow_id=FIRST, ''",
    "priority=5, 1",
    "priority=2, 023",
    "tag=urgent, 13",
    "tag=urgent%20, ''",
    "capability=java, 12",
    "created_after=FIRST_TIME, 123",
    "created_before=SECOND_TIME, 0",
    "created_after=FIRST_TIME&created_before=SECOND_TIME, ''",
    "status=submitted&priority=5&tag=urgent&capability=java&min_position=0, 1"
  })
  void listsThoseThatMeetAllConditions(String query, String expected) {
    reading.apply(register(agent, type, Map.of()));
    reading.apply(createTask(ids.get(0), type, Map.of()), assign(ids.get(0), agent));
    reading.apply(
        createTask(
            ids.get(1),
            type,
            Map.of(
                "priority",
                5,
                "tags",
                List.of("urgent", "new"),
                "required_capabilities",
                List.of("java", "sql"))));
    reading.apply(
        createTask(
            ids.get(2),
            type,
            Map.of("parent_task_id", ids.get(0), "required_capabilities", List.of("java"))));
    reading.apply(createTask(ids.get(3), type, Map.of("tags", List.of("urgent"))));
    String filled =
        query
            .replace("AGENT", agent.toString())
            .replace("FIRST_TIME", createdAt(0))
            .replace("SECOND_TIME", createdAt(1))
            .replace("FIRST", ids.get(0).toString());

    assertThat(reading.ids("/tasks?type=" + type + "&" + filled))
        .containsExactlyElementsOf(
            expected.chars().mapToObj(c -> ids.get(c - '0')).toList().reversed());
  }

  @ParameterizedTest
  @CsvSource({
    "'', 3210",
    "order=desc, 3210",
    "order=asc, 0123",
    "sort=created_at&order=asc, 0123",
    "sort=priority, 2310",
    "sort=priority&order=asc, 0132"
  })
  void sortsAsAskedFor(String query, String expected) {
    int[] priorities = {1, 1, 4, 3};
    for (int i = 0; i < 4; i++) {
      reading.apply(createTask(ids.get(i), type, Map.of("priority", priorities[i])));
    }

    for (int limit : new int[] {1, 3, 50}) {
      assertThat(reading.allIds("/tasks?type=" + type + "&limit=" + limit + "&" + query))
          .containsExactlyElementsOf(expected.chars().mapToObj(c -> ids.get(c - '0')).toList());
    }
  }

  @Test
  void takesAFewStatementsWhateverTheNumberOfTasks() {
    reading.apply(createTask(ids.getFirst(), type, Map.of()));
    List<UUID> dependants = Reading.ids(20);
    for (UUID task : dependants) {
      reading.apply(
          createTask(
              task,
              type,
              Map.of("depends_on", List.of(ids.getFirst()), "parent_task_id", ids.getFirst())));
    }

    assertThat(reading.statements("/tasks?type=" + type)).isEqualTo(2);
    assertThat(reading.statements("/tasks?type=" + type + "&count=true")).isEqualTo(3);
    assertThat(reading.statements("/tasks/" + dependants.getFirst())).isEqualTo(2);
    assertThat(reading.statements("/tasks/" + ids.getFirst() + "?include=agent,workflow,children"))
        .isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "status=done | status | submitted, working",
        "agent_id=x | agent_id | UUID in lower case",
        "workflow_id=x | workflow_id | UUID in lower case",
        "parent_task_id=x | parent_task_id | UUID in lower case",
        "priority=6 | priority | from 1 to 5",
        "priority=high | priority | from 1 to 5",
        "priority=99999999999999999999 | priority | from 1 to 5",
        "tag= | tag | 1 to 255",
        "tag=a&tag=b | tag | once",
        "created_after=2026-11-23 | created_after | RFC 3339",
        "created_after=2026-02-30T00:00:00Z | created_after | RFC 3339",
        "created_before=2026-11-23T09:00:00+01:00 | created_before | %2B",
        "sort=name | sort | created_at, priority",
        "order=up | order | asc, desc",
        "agent=x | agent | agent_id",
      })
  void refusesWhatItDoesNotUnderstand(String query, String parameter, String allowed) {
    assertThat(reading.get("/tasks?" + query).problem(400))
        .startsWith(parameter + ":")
        .contains(allowed);
  }

  @Test
  void takesTimesWithAnyOffset() {
    reading.apply(createTask(ids.get(0), type, Map.of()));
    String list = "/tasks?type=" + type;

    assertThat(reading.ids(list + "&created_before=2999-01-01t00:00:00.123456789%2B14:00"))
        .hasSize(1);
    assertThat(reading.ids(list + "&created_after=0000-01-01T00:00:00Z")).hasSize(1);
    assertThat(reading.ids(list + "&created_after=9999-12-31T23:59:59-18:00")).isEmpty();
  }

  @Test
  void countsTheWholeListExactlyUpToAHundredThousand() {
    reading
        .sql()
        .sql(
            """
            INSERT INTO tasks (id, type, description, input, status, priority,
              required_capabilities, depends_on, assignment, attempt, retry_count, max_retries,
              tags, metadata, created_at, updated_at, entity_version)
            SELECT gen_random_uuid(), ?, 'Many.', '{}', 'submitted', 1 + n % 2, '{}', '{}',
              'manual', 0, 0, 3, '{}', '{}', now(), now(), 1
            FROM generate_series(1, 100002) AS n
            """)
        .param(type)
        .update();

    JsonNode more = reading.read("/tasks?count=true&limit=1&type=" + type);
    assertThat(more.get("total_count").intValue()).isEqualTo(100_000);
    assertThat(more.get("total_count_exact").booleanValue()).isFalse();
    JsonNode half = reading.read("/tasks?count=true&limit=1&priority=1&type=" + type);
    assertThat(half.get("total_count").intValue()).isEqualTo(50_001);
    assertThat(half.get("total_count_exact").booleanValue()).isTrue();
    JsonNode uncounted = reading.read("/tasks?count=false&limit=1&type=" + type);
    assertThat(names(uncounted)).containsExactly("tasks", "limit", "next_cursor");
    reading.sql().sql("DELETE FROM tasks WHERE type = ?").param(type).update();
  }

  @Test
  void leavesCanceledTasksWhatBlockedThem() {
    reading.apply(
        createTask(ids.get(0), type, Map.of()),
        createTask(ids.get(1), type, Map.of("depends_on", List.of(ids.get(0)))));
    reading.apply(command("task.cancel.v1", ids.get(0), Map.of()));

    assertThat(reading.rows("/tasks?type=" + type))
        .extracting(task -> task.get("status").stringValue(), task -> task.get("blocked_by").size())
        .containsExactlyInAnyOrder(tuple("canceled", 0), tuple("canceled", 1));
  }

  private String createdAt(int task) {
    return reading.read("/tasks/" + ids.get(task)).get("created_at").stringValue();
  }
}
