package io.agentorchestrator.pipeline;

import io.agentorchestrator.schemas.Schemas;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.node.ObjectNode;

/** Commands as a producer writes them, each with an id of its own. */
public final class Commands {

  public static final String SOURCE = "/tests";

  private Commands() {}

  public static ObjectNode command(String type, UUID subject, Map<String, ?> data) {
    ObjectNode command = Schemas.JSON.createObjectNode();
    command.put("specversion", "1.0");
    command.put("id", UUID.randomUUID().toString());
    command.put("source", SOURCE);
    command.put("type", type);
    command.put("subject", subject.toString());
    command.set("data", Schemas.JSON.valueToTree(data));
    return command;
  }

  public static ObjectNode registerAgent(UUID agent, int slots, String... capabilities) {
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

  /** An agent that is given up if it says nothing for so long. */
  public static ObjectNode registerLeased(UUID agent, int leaseSeconds, String... capabilities) {
    ObjectNode command = registerAgent(agent, 1, capabilities);
    ((ObjectNode) command.get("data")).put("lease_seconds", leaseSeconds);
    return command;
  }

  public static ObjectNode heartbeat(UUID agent) {
    return command("agent.heartbeat.v1", agent, Map.of());
  }

  public static ObjectNode createTask(UUID task) {
    return createTask(task, Map.of());
  }

  public static ObjectNode createTask(UUID task, Map<String, ?> more) {
    ObjectNode command =
        command("task.create.v1", task, Map.of("type", "review", "description", "Look at it."));
    ((ObjectNode) command.get("data"))
        .put("assignment", "manual")
        .setAll((ObjectNode) Schemas.JSON.valueToTree(more));
    return command;
  }

  /** A task that dispatch gives to an agent with these capabilities. */
  public static ObjectNode autoTask(UUID task, Map<String, ?> more, String... capabilities) {
    ObjectNode command = createTask(task, more);
    ObjectNode data = (ObjectNode) command.get("data");
    data.put("assignment", "auto");
    data.set("required_capabilities", Schemas.JSON.valueToTree(capabilities));
    return command;
  }

  /** A workflow of tasks as {@link #workflowTask} writes them. */
  public static ObjectNode createWorkflow(
      UUID workflow, Map<String, ?> more, Collection<ObjectNode> tasks) {
    ObjectNode command =
        command(
            "workflow.create.v1", workflow, Map.of("name", "A workflow", "user_id", "somebody"));
    ObjectNode data = (ObjectNode) command.get("data");
    data.setAll((ObjectNode) Schemas.JSON.valueToTree(more));
    data.set("tasks", Schemas.JSON.valueToTree(tasks));
    return command;
  }

  /** A task of a workflow that waits for others of it. */
  public static ObjectNode workflowTask(UUID task, String capability, UUID... dependencies) {
    return Schemas.JSON.valueToTree(
        Map.of(
            "task_id",
            task,
            "type",
            "step",
            "description",
            "A step.",
            "required_capabilities",
            List.of(capability),
            "depends_on",
            List.of(dependencies)));
  }

  public static ObjectNode assign(UUID task, UUID agent) {
    return command("task.assign.v1", task, Map.of("agent_id", agent.toString()));
  }

  public static ObjectNode word(String type, UUID task, UUID agent, int attempt) {
    return word(type, task, agent, attempt, Map.of());
  }

  public static ObjectNode word(
      String type, UUID task, UUID agent, int attempt, Map<String, ?> more) {
    ObjectNode command =
        command(type, task, Map.of("agent_id", agent.toString(), "attempt", attempt));
    ((ObjectNode) command.get("data")).setAll((ObjectNode) Schemas.JSON.valueToTree(more));
    return command;
  }

  public static ObjectNode fail(UUID task, UUID agent, int attempt, boolean retryable) {
    return word(
        "task.fail.v1",
        task,
        agent,
        attempt,
        Map.of("error", Map.of("code", "E1", "message", "It broke."), "retryable", retryable));
  }

  /** An operation on many agents, of a new id, that are named. */
  public static ObjectNode bulk(String operation, String mode, List<UUID> agents) {
    return command(
        "agents.bulk.v1",
        UUID.randomUUID(),
        Map.of(
            "operation",
            operation,
            "mode",
            mode,
            "agent_ids",
            agents.stream().map(UUID::toString).toList()));
  }

  /** An operation on all agents that meet a condition. */
  public static ObjectNode bulk(String operation, String mode, Map<String, String> filter) {
    return command(
        "agents.bulk.v1",
        UUID.randomUUID(),
        Map.of("operation", operation, "mode", mode, "filter", filter));
  }

  public static ObjectNode cancel(UUID task) {
    return command("task.cancel.v1", task, Map.of("reason", "Not needed."));
  }
}
