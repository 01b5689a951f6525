package io.agentorchestrator.migration;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Records as the service before wrote them, of which a test changes what it is about. */
public final class OldRecords {

  private static final JsonMapper JSON = JsonMapper.shared();

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private OldRecords() {}

  /** An agent that waits for work. */
  public static ObjectNode agent(UUID id) {
    return object(
        """
        {"id": "%s", "type": "coder", "name": "Agent %s", "endpoint": "http://10.0.0.7:9000",
         "capabilities": ["java", "review"], "status": "idle",
         "last_seen": "2024-01-15 10:29:58.000001", "current_task": null,
         "performance_metrics": {"tasks_completed": 12, "success_rate": 0.92}}"""
            .formatted(id, id.toString().substring(0, 4)));
  }

  /** A task that waits for an agent. */
  public static ObjectNode task(UUID id) {
    return object(
        """
        {"id": "%s", "type": "review", "description": "Read the change.",
         "input_data": {"url": "https://example.org/1", "weight": 1.0, "of": [1, null, true]},
         "assigned_agents": [], "status": "pending", "created_at": "2024-01-15 10:30:00.123456",
         "started_at": null, "completed_at": null, "result": null, "error": null, "priority": 3,
         "dependencies": [], "workflow_id": null}"""
            .formatted(id));
  }

  /** A task that an agent works on. */
  public static ObjectNode running(UUID id, UUID agent) {
    ObjectNode task = task(id);
    task.put("status", "running").put("started_at", "2024-01-15 10:31:00");
    task.withArray("assigned_agents").add(agent.toString());
    return task;
  }

  /** A task that is done. */
  public static ObjectNode completed(UUID id, UUID agent) {
    ObjectNode task = running(id, agent);
    task.put("status", "completed").put("completed_at", "2024-01-15 10:31:10.500000");
    task.putObject("result").put("verdict", "fine");
    return task;
  }

  /** A task that was given up. */
  public static ObjectNode failed(UUID id, UUID agent) {
    ObjectNode task = completed(id, agent);
    return task.put("status", "failed").putNull("result").put("error", "It burned down.");
  }

  /** A workflow that is under way. */
  public static ObjectNode workflow(UUID id, List<UUID> tasks) {
    ObjectNode workflow =
        object(
            """
            {"id": "%s", "name": "Release", "description": "All that it takes.", "tasks": [],
             "status": "running", "created_at": "2024-01-15 10:00:00", "user_id": "alice",
             "configuration": {"retries": 2}}"""
                .formatted(id));
    tasks.forEach(each -> workflow.withArray("tasks").add(each.toString()));
    return workflow;
  }

  /** What a record becomes, where nothing is known but what is given. */
  static Mapped map(OldKind kind, UUID id, String json, Map<UUID, String> known)
      throws UnimportableException {
    OldJson record = OldJson.parse(json.getBytes(StandardCharsets.UTF_8));
    return switch (kind) {
      case AGENT -> AgentMapping.map(id, record, 0, NOW);
      case WORKFLOW -> WorkflowMapping.map(id, record, NOW);
      case TASK ->
          TaskMapping.map(
              id,
              record,
              new Known() {
                @Override
                public @Nullable String agent(UUID agent) {
                  return known.get(agent);
                }

                @Override
                public @Nullable String workflow(UUID workflow) {
                  return known.get(workflow);
                }

                @Override
                public boolean hasRoom(UUID workflow, UUID task) {
                  return true;
                }

                @Override
                public @Nullable String task(UUID task) {
                  return known.get(task);
                }
              },
              NOW);
    };
  }

  /** A text as Python's {@code json.dumps} spaces it; nobody minds. */
  public static String dumps(ObjectNode record) {
    return JSON.writeValueAsString(record);
  }

  private static ObjectNode object(String json) {
    return (ObjectNode) JSON.readTree(json);
  }
}
