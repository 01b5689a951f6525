package io.agentorchestrator.pipeline;

import io.agentorchestrator.log.EntityFold;
import io.agentorchestrator.schemas.Schemas;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Lays an entity's changes over each other, and takes what is derived out of what REST says. */
final class Folding {

  private static final Set<String> DERIVED =
      Set.of(
          "blocked_by",
          "running_tasks",
          "busy",
          "last_seen",
          "performance",
          "task_counts",
          "response_time_ms",
          "last_checked_at",
          "last_error",
          "consecutive_failures",
          "stale");

  private Folding() {}

  static JsonNode of(List<Event> events) {
    EntityFold fold = new EntityFold(UUID.fromString(events.getFirst().key()));
    events.stream()
        .filter(event -> !event.data().get("entity_version").isNull())
        .forEach(event -> fold.apply(event.version(), (ObjectNode) event.changes()));
    // As a parser reads it, which decides on the types of numbers.
    return Schemas.parse(Schemas.JSON.writeValueAsBytes(fold.entity()));
  }

  /** What REST says, less what is derived. */
  static JsonNode resource(Pipeline pipeline, String path, UUID id) {
    return resource(pipeline.get(path + id));
  }

  /** What REST says, less what is derived. */
  static JsonNode resource(JsonNode answer) {
    ObjectNode resource = (ObjectNode) answer;
    resource.remove(DERIVED);
    return resource;
  }
}
