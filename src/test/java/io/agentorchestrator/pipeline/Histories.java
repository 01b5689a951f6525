package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What is told of each agent, task and workflow: without a gap, in order, and what REST says. */
public final class Histories {

  private final Map<UUID, List<Event>> histories = new LinkedHashMap<>();

  /** The events are given as they lie on their partitions. */
  public Histories(List<Event> events) {
    for (Event event : events) {
      if (!event.data().get("entity_version").isNull()) {
        histories
            .computeIfAbsent(UUID.fromString(event.key()), key -> new ArrayList<>())
            .add(event);
      }
    }
  }

  /** Sees to it that all of this holds, and that there is nothing else to be read. */
  public void assertTold(URI rest) {
    histories.forEach(Histories::assertInOrder);
    // Which have no list.
    histories
        .values()
        .removeIf(
            history ->
                Set.of("bulk_operation", "service")
                    .contains(history.getFirst().data().get("entity_type").stringValue()));
    Map<UUID, JsonNode> shown = new HashMap<>();
    for (String kind : List.of("agents", "tasks", "workflows")) {
      shown.putAll(shown(rest, kind));
    }
    assertThat(shown.keySet()).isEqualTo(histories.keySet());
    histories.forEach(
        (entity, history) ->
            assertThat(Folding.of(history))
                .as("the fold of %s", entity)
                .isEqualTo(shown.get(entity)));
  }

  private static void assertInOrder(UUID entity, List<Event> history) {
    assertThat(history)
        .as("versions of %s", entity)
        .extracting(Event::version)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, history.size()).boxed().toList());
    assertThat(history).extracting(Event::position).isSorted().doesNotHaveDuplicates();
    assertThat(history)
        .extracting(event -> event.record().partition())
        .containsOnly(history.getFirst().record().partition());
    assertThat(history).extracting(event -> event.record().offset()).isSorted();
  }

  /** Reads all there is of a kind, page by page. */
  private static Map<UUID, JsonNode> shown(URI rest, String kind) {
    Map<UUID, JsonNode> all = new HashMap<>();
    String cursor = "";
    while (cursor != null) {
      JsonNode page = Pipeline.get(rest.resolve("/api/v2/" + kind + "?limit=200" + cursor));
      for (JsonNode each : page.get(kind)) {
        UUID id = UUID.fromString(each.get("id").stringValue());
        assertThat(all.put(id, Folding.resource(each))).as("shown twice: %s", id).isNull();
      }
      cursor = next(page);
    }
    return all;
  }

  private static @Nullable String next(JsonNode page) {
    JsonNode cursor = page.get("next_cursor");
    return cursor.isNull() ? null : "&cursor=" + cursor.stringValue();
  }
}
