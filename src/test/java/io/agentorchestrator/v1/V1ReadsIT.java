package io.agentorchestrator.v1;

import static io.agentorchestrator.rest.Reading.assign;
import static io.agentorchestrator.rest.Reading.command;
import static io.agentorchestrator.rest.Reading.createTask;
import static io.agentorchestrator.rest.Reading.register;
import static io.agentorchestrator.rest.Reading.word;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.rest.Reading;
import java.net.http.HttpRequest;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The reads of the service before, of what is here. */
class V1ReadsIT {

  private static final String INSERT =
      """
      INSERT INTO tasks (id, type, description, input, result, error_code, error_message, status,
        priority, required_capabilities, assigned_agent_id, depends_on, assignment, attempt,
        retry_count, max_retries, tags, metadata, created_at, started_at, completed_at, updated_at,
        entity_version)
      VALUES (:id, :type, 'Read it.', CAST(:input AS json), CAST(:result AS json), :code, :message,
        :status, 4, '{}', :agent, CAST(:dependencies AS uuid[]), 'manual', 1, 0, 3, '{}', '{}',
        '2024-01-15 10:30:00.123456+00', '2024-01-15 10:31:00+00', '2024-01-15 12:00:00.5+01', now(), 7)
      """;

  private final Reading reading = Reading.shared();
  private final String type = "type-" + UUID.randomUUID();
  private final UUID agent = UUID.randomUUID();

  @AfterEach
  void forgetWhatNoCommandMade() {
    forgetImports();
    reading
        .sql()
        .sql("DELETE FROM tasks WHERE type = ? AND entity_version = 7")
        .param(type)
        .update();
  }

  private void forgetImports() {
    reading
        .sql()
        .sql(
            """
            DELETE FROM imported_records
             WHERE kind = 'task' AND id IN (SELECT id FROM tasks WHERE type = ?)
            """)
        .param(type)
        .update();
  }

  private void insert(UUID id, Map<String, ?> more) {
    Map<String, Object> values = new HashMap<>();
    values.put("id", id);
    values.put("type", type);
    values.put("input", "{\"n\": 1.0}");
    values.put("dependencies", "{}");
    for (String absent : List.of("result", "code", "message", "agent")) {
      values.put(absent, null);
    }
    values.putAll(more);
    reading.sql().sql(INSERT).params(values).update();
  }

  @Test
  void showsATaskWordForWordAsItWasShown() {
    UUID completed = UUID.randomUUID();
    UUID failed = UUID.randomUUID();
    reading.apply(register(agent, type, Map.of()));
    insert(
        completed,
        Map.of("status", "completed", "result", "{\"value\":[1,\"zwei\"]}", "agent", agent));
    reading
        .sql()
        .sql(
            """
            INSERT INTO imported_records
            VALUES ('task', ?, '', 7, gen_random_uuid(), now())
            """)
        .param(completed)
        .update();
    insert(
        failed,
        Map.of(
            "status",
            "failed",
            "input",
            "{}",
            "code",
            "imported",
            "message",
            "It burned down.",
            "dependencies",
            "{" + completed + "}"));

    assertThat(reading.get("/api/v1/tasks/" + completed).body())
        .isEqualTo(
            """
            {"id":"%s","type":"%s","description":"Read it.","input_data":{"n":1.0},\
            "assigned_agents":["%s"],"status":"completed",\
            "created_at":"2024-01-15T10:30:00.123456","started_at":"2024-01-15T10:31:00",\
            "completed_at":"2024-01-15T11:00:00.500000","result":[1,"zwei"],"error":null,\
            "priority":4,"dependencies":[],"workflow_id":null}"""
                .formatted(completed, type, agent));
    // Then it is a result that somebody gave here, and means just that.
    forgetImports();
    assertThat(reading.get("/api/v1/tasks/" + completed).json().get("result").toString())
        .isEqualTo("{\"value\":[1,\"zwei\"]}");
    assertThat(reading.get("/api/v1/tasks/" + failed).body())
        .isEqualTo(
            """
            {"id":"%s","type":"%s","description":"Read it.","input_data":{},\
            "assigned_agents":[],"status":"failed",\
            "created_at":"2024-01-15T10:30:00.123456","started_at":"2024-01-15T10:31:00",\
            "completed_at":"2024-01-15T11:00:00.500000","result":null,"error":"It burned down.",\
            "priority":4,"dependencies":["%s"],"workflow_id":null}"""
                .formatted(failed, type, completed));
    assertThat(reading.get("/api/v1/tasks?status=failed&type=" + type).body())
        .isEqualTo(
            """
            {"tasks":[%s],"total_count":1,"limit":100,"offset":0}"""
                .formatted(reading.get("/api/v1/tasks/" + failed).body()));
  }

  @Test
  void showsAgentsWordForWordAsTheyWereShown() {
    UUID task = UUID.randomUUID();
    reading.apply(
        register(
            agent,
            type,
            Map.of(
                "capabilities",
                List.of("java"),
                "metadata",
                Map.of("imported", Map.of("performance_metrics", Map.of("success_rate", 0.92))))));
    seen("2024-01-15 10:29:58.000001+00");

    assertThat(reading.get("/api/v1/agents?type=" + type).body())
        .isEqualTo(
            """
            {"agents":[{"id":"%s","type":"%s","name":"An agent","endpoint":"http://127.0.0.1:9000",\
            "capabilities":["java"],"status":"idle","last_seen":"2024-01-15T10:29:58.000001",\
            "current_task":null,"performance_metrics":{"success_rate":0.92}}],\
            "total_count":1,"limit":100,"offset":0}"""
                .formatted(agent, type));

    reading.apply(createTask(task, type, Map.of()), assign(task, agent));
    JsonNode busy = reading.rows("/api/v1/agents?type=" + type).getFirst();
    assertThat(busy.get("status").stringValue()).isEqualTo("busy");
    assertThat(busy.get("current_task").stringValue()).isEqualTo(task.toString());

    // From the first task that ends here on, its metrics are counted here.
    reading.apply(word("task.complete.v1", task, agent, Map.of()));
    reading
        .sql()
        .sql(
            "UPDATE agent_activity SET failed = 3, total_duration_seconds = 2.5 WHERE agent_id = ?")
        .param(agent)
        .update();
    JsonNode metrics =
        reading.rows("/api/v1/agents?type=" + type).getFirst().get("performance_metrics");
    assertThat(metrics.toString())
        .isEqualTo(
            "{\"tasks_completed\":1,\"tasks_failed\":3,\"success_rate\":0.25,"
                + "\"average_duration_seconds\":2.5}");
  }

  private void seen(String time) {
    reading
        .sql()
        .sql("UPDATE agent_activity SET last_seen = CAST(? AS timestamptz) WHERE agent_id = ?")
        .params(time, agent)
        .update();
  }

  @Test
  void showsEachStateUnderItsOldNameAndFindsItByThat() {
    List<UUID> tasks = Reading.ids(7);
    reading.apply(register(agent, type, Map.of("max_concurrent_tasks", 10)));
    reading.apply(
        tasks.stream()
            .map(task -> createTask(task, type, Map.of("max_retries", 0)))
            .toArray(ObjectNode[]::new));
    reading.apply(
        tasks.subList(1, 6).stream().map(task -> assign(task, agent)).toArray(ObjectNode[]::new));
    reading.apply(
        word("task.start.v1", tasks.get(2), agent, Map.of()),
        word("task.progress.v1", tasks.get(3), agent, Map.of("status", "input_required")),
        word("task.complete.v1", tasks.get(4), agent, Map.of()),
        word(
            "task.fail.v1",
            tasks.get(5),
            agent,
            Map.of("error", Map.of("code", "E1", "message", "Broken."))),
        command("task.cancel.v1", tasks.get(6), Map.of()));
    Map<String, List<UUID>> expected =
        Map.of(
            "pending", tasks.subList(0, 1),
            "running", tasks.subList(1, 4),
            "completed", tasks.subList(4, 5),
            "failed", tasks.subList(5, 6),
            "cancelled", tasks.subList(6, 7));

    expected.forEach(
        (status, ids) -> {
          String list = "/api/v1/tasks?type=%s&status=%s".formatted(type, status);
          assertThat(reading.ids(list)).as(status).containsExactlyInAnyOrderElementsOf(ids);
          assertThat(reading.read(list).get("total_count").intValue()).isEqualTo(ids.size());
          assertThat(reading.rows(list))
              .allSatisfy(row -> assertThat(row.get("status").stringValue()).isEqualTo(status));
        });
    assertThat(reading.ids("/api/v1/tasks?type=" + type))
        .containsExactlyInAnyOrderElementsOf(tasks);
    assertThat(reading.read("/api/v1/tasks/" + tasks.get(5)).get("error").stringValue())
        .isEqualTo("E1: Broken.");
  }

  @Test
  void showsEachStateOfAnAgentAndNoneThatIsDeregistered() {
    List<UUID> agents = Reading.ids(4);
    UUID task = UUID.randomUUID();
    reading.apply(
        agents.stream()
            .map(each -> register(each, type, Map.of("max_concurrent_tasks", 2)))
            .toArray(ObjectNode[]::new));
    reading.apply(
        createTask(task, type, Map.of()),
        assign(task, agents.get(1)),
        command("agent.deregister.v1", agents.get(3), Map.of()),
        command(
            "agents.bulk.v1",
            UUID.randomUUID(),
            Map.of("operation", "deactivate", "agent_ids", List.of(agents.get(2).toString()))));

    Map.of("idle", 0, "busy", 1, "offline", 2)
        .forEach(
            (status, which) -> {
              JsonNode page =
                  reading.read("/api/v1/agents?type=%s&status=%s".formatted(type, status));
              assertThat(page.get("total_count").intValue()).as(status).isOne();
              assertThat(page.at("/agents/0/id").stringValue())
                  .isEqualTo(agents.get(which).toString());
              assertThat(page.at("/agents/0/status").stringValue()).isEqualTo(status);
            });
    assertThat(reading.ids("/api/v1/agents?type=" + type))
        .containsExactlyInAnyOrderElementsOf(agents.subList(0, 3));
    assertThat(reading.read("/api/v1/agents?type=" + type).get("total_count").intValue())
        .isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 24, 25, 26})
  void showsEveryRowOnceNewestFirst(int limit) {
    List<UUID> tasks = Reading.ids(25);
    reading.apply(
        tasks.stream().map(id -> createTask(id, type, Map.of())).toArray(ObjectNode[]::new));
    List<UUID> found = new ArrayList<>();
    int total = Integer.MAX_VALUE;

    for (int offset = 0; offset < total; offset += limit) {
      JsonNode page =
          reading.read("/api/v1/tasks?type=%s&limit=%d&offset=%d".formatted(type, limit, offset));
      total = page.get("total_count").intValue();
      assertThat(page.get("limit").intValue()).isEqualTo(limit);
      assertThat(page.get("offset").intValue()).isEqualTo(offset);
      page.get("tasks").forEach(row -> found.add(UUID.fromString(row.get("id").stringValue())));
    }

    assertThat(total).isEqualTo(25);
    assertThat(found).containsExactlyElementsOf(reading.allIds("/tasks?type=" + type));
  }

  @Test
  void countsWhatTheStatisticsCount() {
    reading.apply(register(agent, type, Map.of()), createTask(UUID.randomUUID(), type, Map.of()));
    JsonNode statistics = reading.read("/statistics?min_position=0");

    assertThat(total("/api/v1/tasks?limit=1")).isEqualTo(count(statistics, "/tasks/total"));
    assertThat(total("/api/v1/tasks?limit=1&status=pending"))
        .isEqualTo(count(statistics, "/tasks/by_status/submitted"));
    assertThat(total("/api/v1/agents?limit=1"))
        .isEqualTo(
            count(statistics, "/agents/by_status/active")
                + count(statistics, "/agents/by_status/offline"));
    assertThat(total("/api/v1/agents?limit=1&status=idle"))
        .isEqualTo(
            count(statistics, "/agents/by_status/active")
                - total("/api/v1/agents?limit=1&status=busy"));
  }

  private long total(String list) {
    return reading.read(list).get("total_count").longValue();
  }

  private static long count(JsonNode statistics, String pointer) {
    return statistics.at(pointer).longValue();
  }

  /** Three whatever there is on the page, and none of them counts what the triggers count. */
  @ParameterizedTest
  @CsvSource({
    "/api/v1/tasks?limit=1, entity_counts_now",
    "/api/v1/tasks?limit=1000, entity_counts_now",
    "/api/v1/tasks?status=running, entity_counts_now",
    "/api/v1/agents?limit=1, entity_counts_now",
    "/api/v1/agents?limit=1000, entity_counts_now",
    "/api/v1/agents?status=offline, entity_counts_now",
    "/api/v1/tasks?type=TYPE&limit=1000, LIMIT 100001"
  })
  void takesAsManyStatementsForManyAsForOne(String list, String counting) {
    List<UUID> tasks = Reading.ids(20);
    reading.apply(register(agent, type, Map.of("max_concurrent_tasks", 20)));
    reading.apply(
        tasks.stream().map(id -> createTask(id, type, Map.of())).toArray(ObjectNode[]::new));
    reading.apply(tasks.stream().map(id -> assign(id, agent)).toArray(ObjectNode[]::new));
    insert(UUID.randomUUID(), Map.of("status", "failed"));
    reading.apply(
        command(
            "agents.bulk.v1",
            UUID.randomUUID(),
            Map.of("operation", "deactivate", "agent_ids", List.of(agent.toString()))));

    List<String> sql = reading.sqlOf(list.replace("TYPE", type));

    assertThat(sql).hasSize(3);
    assertThat(sql.get(1)).contains(counting);
  }

  @ParameterizedTest
  @CsvSource({
    "limit=0, 'limit: Expected a whole number from 1 to 1000.'",
    "limit=1001, 'limit: Expected a whole number from 1 to 1000.'",
    "offset=-1, 'offset: Expected a whole number from 0 to 10000; what comes later is read with the cursor of /api/v2/LIST.'",
    "offset=10001, 'offset: Expected a whole number from 0 to 10000; what comes later is read with the cursor of /api/v2/LIST.'",
    "status=submitted, 'status: Expected one of '",
    "cursor=x, 'cursor: There is no such parameter here. Allowed: status, type, limit, offset, min_position.'",
    "agent_id=x, 'agent_id: There is no such parameter here. Allowed: status, type, limit, offset, min_position.'"
  })
  void saysWhatIsAllowed(String parameter, String detail) {
    for (String list : List.of("agents", "tasks")) {
      Reading.Answer answer = reading.get("/api/v1/%s?%s".formatted(list, parameter));

      assertThat(answer.problem(400)).startsWith(detail.replace("LIST", list));
      assertThat(answer.json().get("parameter").stringValue())
          .isEqualTo(parameter.split("=", 2)[0]);
    }
  }

  @Test
  void goesAsFarAsItMay() {
    JsonNode page = reading.read("/api/v1/tasks?limit=1000&offset=10000&type=" + type);

    assertThat(page.toString())
        .isEqualTo("{\"tasks\":[],\"total_count\":0,\"limit\":1000,\"offset\":10000}");
  }

  /** A page that ended early would have whoever adds the limit to the offset pass rows over. */
  @Test
  void refusesAPageThatWouldBeTooLargeAndSaysHowManyRowsAreNot() {
    for (int i = 0; i < 40; i++) {
      insert(
          UUID.randomUUID(),
          Map.of(
              "status", "canceled", "input", "{\"text\":\"%s\"}".formatted("x".repeat(250_000))));
    }

    Reading.Answer tooLarge = reading.get("/api/v1/tasks?type=" + type);

    assertThat(tooLarge.problem(400))
        .isEqualTo(
            "limit: Expected at most 33 from this offset on, for more rows take over 8 MiB.");
    assertThat(reading.rows("/api/v1/tasks?limit=33&type=" + type)).hasSize(33);
    assertThat(reading.rows("/api/v1/tasks?limit=33&offset=33&type=" + type)).hasSize(7);
  }

  @Test
  void namesTheFiltersThatTakeTooLong() throws Exception {
    try (Connection connection = reading.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE");

      Reading.Answer answer =
          reading.get("/api/v1/tasks?type=a&status=failed&offset=3&limit=7&min_position=0");

      assertThat(answer.problem(503)).startsWith("status, type: ").contains("within 2 s");
      assertThat(answer.header("retry-after")).isNotEmpty();
    }
  }

  @Test
  void saysOfEachAnswerThatItIsOnItsWayOut() {
    UUID task = UUID.randomUUID();
    reading.apply(createTask(task, type, Map.of()));
    String tag = reading.get("/api/v1/tasks/" + task).header("etag");

    for (Reading.Answer answer :
        List.of(
            reading.get("/api/v1/tasks/" + task),
            Reading.send(
                HttpRequest.newBuilder(reading.uri("/api/v1/tasks/" + task))
                    .header("If-None-Match", tag)),
            reading.get("/api/v1/tasks/" + UUID.randomUUID()),
            reading.get("/api/v1/tasks"),
            reading.get("/api/v1/agents?offset=x"),
            Reading.send(
                HttpRequest.newBuilder(reading.uri("/api/v1/tasks"))
                    .POST(HttpRequest.BodyPublishers.noBody())))) {
      String path = answer.response().uri().getPath();
      assertThat(answer.header("deprecation")).as(path).isEqualTo("@1795392000");
      assertThat(answer.header("sunset")).isEqualTo("Tue, 23 Nov 2027 00:00:00 GMT");
      assertThat(answer.response().headers().allValues("link"))
          .containsExactly(
              "<%s>; rel=\"successor-version\"".formatted(path.replace("v1", "v2")),
              "</docs>; rel=\"deprecation\"; type=\"text/html\"",
              "</docs>; rel=\"sunset\"; type=\"text/html\"");
      assertThat(answer.header("cache-control")).isEqualTo("no-store");
    }
    assertThat(
            Stream.of("/api/v1/tasks/x", "/api/v1/agents/x")
                .map(reading::get)
                .map(answer -> answer.response().headers().allValues("link")))
        .allSatisfy(links -> assertThat(links).hasSize(2));
    assertThat(reading.get("/api/v2/tasks/" + task).response().headers().map())
        .doesNotContainKeys("deprecation", "sunset", "link");
  }

  @Test
  void answersWithoutABodyWhatIsKnownAlready() {
    UUID task = UUID.randomUUID();
    reading.apply(createTask(task, type, Map.of()));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(reading.uri("/api/v1/tasks/" + task))
            .header("If-None-Match", reading.get("/api/v1/tasks/" + task).header("etag"));

    assertThat(Reading.send(request).status()).isEqualTo(304);
    reading.apply(command("task.cancel.v1", task, Map.of()));
    Reading.Answer changed = Reading.send(request);
    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.json().get("status").stringValue()).isEqualTo("cancelled");
  }

  @Test
  void hasNothingUnderOtherPathsAndIds() {
    UUID none = UUID.randomUUID();

    assertThat(reading.get("/api/v1/tasks/" + none).problem(404)).contains(none.toString());
    assertThat(reading.get("/api/v1/tasks/x").problem(400)).startsWith("id: ");
    for (String path : List.of("/api/v1", "/api/v1/workflows", "/api/v1/agents/" + none)) {
      reading.get(path).problem(404);
    }
    assertThat(reading.get("/api/v1/tasks?min_position=0&limit=1").status()).isEqualTo(200);
  }
}
