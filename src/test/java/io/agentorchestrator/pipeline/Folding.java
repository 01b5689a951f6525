package io.agentorchestrator.pipeline;

import io.agentorchestrator.schemas.Schemas;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Lays an entity's changes over each other, as a consumer would. */
final class Folding {

  private static final Set<String> DERIVED =
      Set.of("blocked_by", "running_tasks", "busy", "last_seen", "performance");

  private Folding() {}

  static JsonNode of(List<Event> events) {
    ObjectNode state = Schemas.JSON.createObjectNode();
    for (Event event : events) {
      if (!event.data().get("entity_version").isNull()) {
        state.set("id", event.data().get("entity_id"));
        state.setAll((ObjectNode) event.changes());
        state.set("entity_version", event.data().get("entity_version"));
      }
    }
    return state;
  }

  /** What REST says, less what is derived. */
  static JsonNode resource(Pipeline pipeline, String path, UUID id) {
    ObjectNode resource = (ObjectNode) pipeline.get(path + id);
    resource.remove(DERIVED);
    return resource;
  }
}
