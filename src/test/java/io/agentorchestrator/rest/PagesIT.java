package io.agentorchestrator.rest;

import static io.agentorchestrator.rest.Reading.createTask;
import static io.agentorchestrator.rest.Reading.register;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class PagesIT {

  private final Reading reading = Reading.shared();
  private final String type = "type-" + UUID.randomUUID();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 20, 21, 200})
  void showsEveryRowOnceThoughManyAreOfTheSameTime(int limit) {
    List<UUID> ids = Reading.ids(20);
    reading.apply(agents(ids.subList(0, 12)));
    reading.apply(agents(ids.subList(12, 20)));
    List<UUID> expected =
        reading.idsInAnotherSession(
            "SELECT id FROM agents WHERE id = ANY(?) ORDER BY created_at DESC, id DESC", ids);

    assertThat(reading.allIds("/agents?type=" + type + "&limit=" + limit))
        .containsExactlyElementsOf(expected);
  }

  @Test
  void goesOnWhereItEndedWhateverWasAddedInBetween() {
    List<UUID> ids = Reading.ids(4);
    reading.apply(agents(ids.subList(0, 3)));
    JsonNode first = reading.read("/agents?type=" + type + "&limit=2");
    reading.apply(agents(ids.subList(3, 4)));

    // A page may be of another size, and be counted, with the same cursor.
    JsonNode second =
        reading.read("/agents?count=true&limit=5&type=" + type + "&cursor=" + cursor(first));

    assertThat(first.get("agents")).hasSize(2);
    assertThat(second.get("agents")).hasSize(1);
    assertThat(second.get("next_cursor").isNull()).isTrue();
    assertThat(second.get("total_count").intValue()).isEqualTo(4);
  }

  @Test
  void refusesACursorOfAnotherListOrAChangedOne() {
    reading.apply(agents(Reading.ids(2)));
    reading.apply(
        createTask(UUID.randomUUID(), type, Map.of()),
        createTask(UUID.randomUUID(), type, Map.of()));
    String agents = cursor(reading.read("/agents?limit=1&type=" + type));
    String tasks = cursor(reading.read("/tasks?limit=1&type=" + type));
    char last = agents.charAt(agents.length() - 3);
    String changed =
        agents.substring(0, agents.length() - 3)
            + (last == 'A' ? 'B' : 'A')
            + agents.substring(agents.length() - 2);

    assertThat(reading.get("/agents?type=" + type + "&cursor=" + agents).status()).isEqualTo(200);
    assertThat(
            List.of(
                "/agents?cursor=" + agents,
                "/agents?type=" + type + "&busy=false&cursor=" + agents,
                "/agents?type=" + type + "&cursor=" + tasks,
                "/agents?type=" + type + "&cursor=" + changed,
                "/agents?type=" + type + "&cursor=" + agents.substring(1),
                "/agents?type=" + type + "&cursor=" + agents + "=",
                "/agents?type=" + type + "&cursor=",
                "/agents?type=" + type + "&cursor=%C3%A4",
                "/tasks?type=" + type + "&cursor=" + agents,
                "/tasks?sort=priority&type=" + type + "&cursor=" + tasks,
                "/tasks?order=asc&type=" + type + "&cursor=" + tasks))
        .allSatisfy(
            path ->
                assertThat(reading.get(path).problem(400))
                    .startsWith("cursor:")
                    .contains("next_cursor"));
  }

  @Test
  void isEmptyWhereThereIsNothing() {
    assertThat(reading.read("/agents?count=true&type=" + type).toString())
        .isEqualTo(
            "{\"agents\":[],\"limit\":50,\"next_cursor\":null,"
                + "\"total_count\":0,\"total_count_exact\":true}");
  }

  @Test
  void endsAPageBeforeItBecomesTooLarge() {
    reading
        .sql()
        .sql(
            """
            INSERT INTO tasks (id, type, description, input, result, status, priority,
              required_capabilities, depends_on, assignment, attempt, retry_count, max_retries,
              tags, metadata, created_at, updated_at, entity_version)
            SELECT gen_random_uuid(), ?, 'Large.', large, large, 'canceled', 1, '{}', '{}',
              'manual', 0, 0, 0, '{}', large, now(), now(), 1
            FROM generate_series(1, 40) AS n
            CROSS JOIN (SELECT json_build_object('text', repeat('x', 250000)) AS large) AS object
            """)
        .param(type)
        .update();
    String list = "/tasks?limit=200&type=" + type;

    Reading.Answer first = reading.get(list);

    assertThat(first.response().body().length).isBetween(7 << 20, (int) Pages.MOST_BYTES + 10_000);
    assertThat(first.json().get("tasks")).hasSize(11);
    assertThat(first.json().get("limit").intValue()).isEqualTo(200);
    assertThat(reading.allIds(list)).hasSize(40).doesNotHaveDuplicates();
    reading.sql().sql("DELETE FROM tasks WHERE type = ?").param(type).update();
  }

  private static String cursor(JsonNode page) {
    return page.get("next_cursor").stringValue();
  }

  private ObjectNode[] agents(List<UUID> ids) {
    return ids.stream().map(id -> register(id, type, Map.of())).toArray(ObjectNode[]::new);
  }
}
