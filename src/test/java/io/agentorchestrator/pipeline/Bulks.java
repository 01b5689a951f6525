package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.schemas.Schemas;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What came of a command that has many events. */
final class Bulks {

  private Bulks() {}

  /** Sends a command and waits for all its events; returns them by position. */
  static List<Event> ask(Pipeline pipeline, ObjectNode command) {
    pipeline.send(command);
    return told(pipeline, command);
  }

  /** Waits for all events of a command; returns them by position. */
  static List<Event> told(Pipeline pipeline, ObjectNode command) {
    JsonNode positions = outcome(pipeline, command).get("positions");
    List<Event> events =
        pipeline.eventsOf(command, positions.size()).stream()
            .sorted(Comparator.comparingLong(Event::position))
            .toList();
    assertThat(events)
        .extracting(Event::position)
        .containsExactlyElementsOf(positions.values().stream().map(JsonNode::longValue).toList());
    return events;
  }

  /** Waits until a command is applied, and returns what REST says of it. */
  static JsonNode outcome(Pipeline pipeline, ObjectNode command) {
    AtomicReference<HttpResponse<String>> answer = new AtomicReference<>();
    await("the outcome of " + command.get("id"))
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              answer.set(
                  Pipeline.http(
                      pipeline
                          .worker()
                          .rest()
                          .resolve("/api/v2/commands?id=" + command.get("id").stringValue())));
              return answer.get().statusCode() == 200;
            });
    return Schemas.JSON.readTree(answer.get().body()).get("commands").get(0);
  }

  /** The results as {@code <agent> <status>[ <type of rejection>]}. */
  static List<String> results(JsonNode results) {
    return results.values().stream()
        .map(
            each ->
                each.get("agent_id").stringValue()
                    + " "
                    + each.get("status").stringValue()
                    + (each.has("rejection") ? " " + each.at("/rejection/type").stringValue() : ""))
        .toList();
  }

  static String changed(UUID agent) {
    return agent + " changed";
  }

  static String unchanged(UUID agent) {
    return agent + " unchanged";
  }

  static String missing(UUID agent) {
    return agent + " rejected NOT_FOUND";
  }

  static String impossible(UUID agent) {
    return agent + " rejected INVALID_STATE";
  }
}
