package io.agentorchestrator.pipeline;

import io.agentorchestrator.schemas.Schemas;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.node.ObjectNode;

/** Commands as a producer writes them, each with an id of its own. */
final class Commands {

  static final String SOURCE = "/tests";

  private Commands() {}

  static ObjectNode command(String type, UUID subject, Map<String, ?> data) {
    ObjectNode command = Schemas.JSON.createObjectNode();
    command.put("specversion", "1.0");
    command.put("id", UUID.randomUUID().toString());
    command.put("source", SOURCE);
    command.put("type", type);
    command.put("subject", subject.toString());
    command.set("data", Schemas.JSON.valueToTree(data));
    return command;
  }

  static ObjectNode registerAgent(UUID agent, int slots, String... capabilities) {
    return command(
        "agent.register.v1",
        agent,
        Map.of(
            "name",
            "An agent",
            "type",
            "coder",
            "endpoint",
            "http://127.0.0.1:9000",
            "capabilities",
            capabilities,
            "max_concurrent_tasks",
            slots,
            "lease_seconds",
            0));
  }

  static ObjectNode createTask(UUID task) {
    return createTask(task, Map.of());
  }

  static ObjectNode createTask(UUID task, Map<String, ?> more) {
    ObjectNode command =
        command("task.create.v1", task, Map.of("type", "review", "description", "Look at it."));
    ((ObjectNode) command.get("data"))
        .put("assignment", "manual")
        .setAll((ObjectNode) Schemas.JSON.valueToTree(more));
    return command;
  }

  static ObjectNode assign(UUID task, UUID agent) {
    return command("task.assign.v1", task, Map.of("agent_id", agent.toString()));
  }

  static ObjectNode word(String type, UUID task, UUID agent, int attempt) {
    return word(type, task, agent, attempt, Map.of());
  }

  static ObjectNode word(String type, UUID task, UUID agent, int attempt, Map<String, ?> more) {
    ObjectNode command =
        command(type, task, Map.of("agent_id", agent.toString(), "attempt", attempt));
    ((ObjectNode) command.get("data")).setAll((ObjectNode) Schemas.JSON.valueToTree(more));
    return command;
  }

  static ObjectNode fail(UUID task, UUID agent, int attempt, boolean retryable) {
    return word(
        "task.fail.v1",
        task,
        agent,
        attempt,
        Map.of("error", Map.of("code", "E1", "message", "It broke."), "retryable", retryable));
  }

  static ObjectNode cancel(UUID task) {
    return command("task.cancel.v1", task, Map.of("reason", "Not needed."));
  }
}
