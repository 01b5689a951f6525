package io.agentorchestrator.rest;

import static io.agentorchestrator.rest.Reading.createTask;
import static io.agentorchestrator.rest.Reading.register;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/agents | +500000-01-01T00:00:00Z ID",
        "/agents | -0001-01-01T00:00:00Z ID",
        "/agents | +10000-01-01T00:00:00Z ID",
        "/agents | 2026-01-01T00:00:00Z 1",
        "/agents | 2026-01-01T00:00:00Z",
        "/agents | 2026-01-01T00:00:00Z ID ID",
        "/log | 2026-01-01T00:00:00Z 9223372036854775808",
        "/tasks | yesterday ID",
        "/tasks?sort=priority | 99999 2026-01-01T00:00:00Z ID"
      })
  void refusesAForgedCursorAsItDoesAnyThatIsNone(String list, String place) {
    String id = UUID.randomUUID().toString();
    String scope = "/api/v2" + list.replace("?sort=priority", "{sort=[priority]}");
    String cursor =
        Cursor.encode(
            scope.endsWith("}") ? scope : scope + "{}",
            List.of(place.replace("ID", id).split(" ")));

    assertThat(
            reading.get(list + (list.contains("?") ? "&" : "?") + "cursor=" + cursor).problem(400))
        .startsWith("cursor:");
  }

  @Test
  void takesAForgedCursorForWhatItSays() {
    String cursor =
        Cursor.encode(
            "/api/v2/agents{}", List.of("0000-01-01T00:00:00Z", UUID.randomUUID().toString()));

    assertThat(reading.read("/agents?cursor=" + cursor).get("agents")).isEmpty();
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
    LargeTasks.insert(reading.sql(), type, null, 40);
    String list = "/tasks?limit=200&type=" + type;

    Reading.Answer first = reading.get(list);

    assertThat(first.response().body().length).isBetween(7 << 20, (int) Pages.MOST_BYTES + 10_000);
    assertThat(first.json().get("tasks")).hasSize(11);
    assertThat(first.json().get("limit").intValue()).isEqualTo(200);
    assertThat(reading.allIds(list)).hasSize(40).doesNotHaveDuplicates();
    reading.sql().sql("DELETE FROM tasks WHERE type = ?").param(type).update();
  }

  @Test
  void refusesToEmbedWhatIsTooLargeAndSaysWhereItIs() {
    UUID parent = UUID.randomUUID();
    reading.apply(createTask(parent, type, Map.of()));
    LargeTasks.insert(reading.sql(), type, parent, 40);
    assertThat(reading.read("/tasks/" + parent + "?include=children").get("children")).hasSize(40);
    LargeTasks.insert(reading.sql(), type, parent, 10);

    assertThat(reading.get("/tasks/" + parent + "?include=children").problem(400))
        .isEqualTo(
            "include: Expected what takes at most 32 MiB, for there is no next page of it; GET"
                + " /api/v2/tasks?parent_task_id=%s has it page by page.",
            parent);
    assertThat(reading.allIds("/tasks?limit=200&parent_task_id=" + parent)).hasSize(50);
    reading.sql().sql("DELETE FROM tasks WHERE parent_task_id = ?").param(parent).update();
  }

  private static String cursor(JsonNode page) {
    return page.get("next_cursor").stringValue();
  }

  private ObjectNode[] agents(List<UUID> ids) {
    return ids.stream().map(id -> register(id, type, Map.of())).toArray(ObjectNode[]::new);
  }
}
