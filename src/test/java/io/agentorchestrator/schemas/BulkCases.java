package io.agentorchestrator.schemas;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Bulk operations whose agents are both listed and sought, or neither, or sought by little. */
final class BulkCases {

  private static final String[] FILTERS = {
    "{}",
    "{\"type\":\"ocr\"}",
    "{\"status\":\"offline\"}",
    "{\"capability\":\"pdf\"}",
    "{\"status\":\"deregistered\",\"type\":\"a\"}"
  };

  private static final String[] NO_FILTERS = {
    "{\"type\":[\"ocr\"]}",
    "{\"status\":[\"active\"]}",
    "{\"status\":\"busy\"}",
    "{\"capability\":[\"pdf\"]}",
    "{\"capabilities\":[\"pdf\"]}",
    "{\"agent_ids\":[\"0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a\"]}",
    "{\"operation\":\"activate\"}",
    "[{}]"
  };

  private BulkCases() {}

  /** Returns the messages by name, made from one that lists its agents. */
  static Map<String, JsonNode> all(ObjectNode byId) {
    Map<String, JsonNode> messages = new LinkedHashMap<>();
    for (String filter : FILTERS) {
      messages.put("accepted: bulk by " + filter, with(without(byId), "filter", filter));
      messages.put("refused: bulk by id and " + filter, with(byId, "filter", filter));
      messages.put(
          "refused: bulk by no id and " + filter,
          with(with(byId, "agent_ids", "[]"), "filter", filter));
      messages.put(
          "refused: bulk by null for the ids and " + filter,
          with(with(byId, "agent_ids", "null"), "filter", filter));
    }
    for (String filter : NO_FILTERS) {
      messages.put("refused: bulk by " + filter, with(without(byId), "filter", filter));
    }
    messages.put("refused: bulk by neither", without(byId));
    messages.put("refused: bulk by id and null for the filter", with(byId, "filter", "null"));
    for (String other : List.of("agent_id", "agents", "ids", "reason")) {
      messages.put("refused: bulk with " + other, with(byId, other, "\"aaa\""));
    }
    return messages;
  }

  private static ObjectNode without(ObjectNode message) {
    ObjectNode copy = message.deepCopy();
    copy.withObject("/data").remove("agent_ids");
    return copy;
  }

  private static ObjectNode with(ObjectNode message, String field, String value) {
    ObjectNode copy = message.deepCopy();
    copy.withObject("/data").set(field, Schemas.JSON.readTree(value));
    return copy;
  }
}
