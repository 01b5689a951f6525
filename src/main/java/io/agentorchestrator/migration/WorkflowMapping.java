package io.agentorchestrator.migration;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a workflow of the old store is here. A failed task did not end it there, so it does not here
 * ({@code on_task_failure} is {@code continue}). Which tasks are its own the tasks say; in which
 * order it named them is kept.
 */
final class WorkflowMapping {

  private static final Map<String, String> STATES =
      Map.of(
          "pending", "pending",
          "running", "running",
          "paused", "paused",
          "completed", "completed",
          "failed", "failed",
          "cancelled", "canceled",
          "canceled", "canceled");

  private WorkflowMapping() {}

  static Mapped map(UUID id, OldJson record, Instant now) throws UnimportableException {
    OldFields old = new OldFields(record);
    old.requireId(id);
    ObjectNode workflow = JsonNodeFactory.instance.objectNode();
    workflow.put("name", old.name(id));
    String description = old.text("description");
    workflow.put(
        "description",
        description == null || description.isEmpty()
            ? null
            : old.cut("description", description, 5000));
    workflow.put("user_id", userId(old));
    workflow.put("status", old.status(STATES));
    workflow.put("priority", 2);
    workflow.put("on_task_failure", "continue");
    workflow.set("configuration", old.object("configuration"));
    workflow.putObject("metadata");
    workflow.putNull("timeout_seconds");
    workflow.putNull("deadline_at");
    workflow.put("created_at", old.timeOrNow("created_at", now).toString());
    workflow.putNull("started_at");
    workflow.putNull("completed_at");
    workflow.put("updated_at", now.toString());
    ObjectNode entity = workflow.deepCopy();
    entity.put("id", id.toString());
    // Its tasks come later, so their order is kept in any case.
    ObjectNode back = OldView.workflow(entity, List.of());
    back.remove("tasks");
    JsonNode tasks = old.get("tasks");
    workflow.set(
        "metadata",
        old.metadata(back, tasks.isArray() && tasks.isEmpty() ? Set.of("tasks") : Set.of()));
    return new Mapped(
        OldKind.WORKFLOW, id, workflow, Set.copyOf(old.invented()), null, null, old.notes());
  }

  private static String userId(OldFields old) throws UnimportableException {
    String user = old.text("user_id");
    if (user == null || user.isEmpty()) {
      old.note(Reason.REPLACED, "user_id", "There is no user; it is called unknown.");
      return "unknown";
    }
    return old.required("user_id", 255);
  }
}
