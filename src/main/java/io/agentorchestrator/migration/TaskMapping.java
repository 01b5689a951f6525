package io.agentorchestrator.migration;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a task of the old store is here, in the state it has there: but one that runs without an
 * agent that could be running it waits for another, and one that nothing would ever end (its
 * workflow has ended, what it depends on failed) is canceled, as it would be had that happened
 * here.
 */
final class TaskMapping {

  /** As many as a task created here may have. */
  static final int MAX_DEPENDENCIES = 100;

  private static final Map<String, String> STATES =
      Map.of(
          "pending", "submitted",
          "running", "working",
          "completed", "completed",
          "failed", "failed",
          "cancelled", "canceled",
          "canceled", "canceled");

  private static final Map<String, Integer> PRIORITIES =
      Map.of(
          "low",
          1,
          "normal",
          2,
          "medium",
          2,
          "high",
          3,
          "urgent",
          4,
          "critical",
          4,
          "emergency",
          5);

  private final UUID id;
  private final OldFields old;
  private final Known known;
  private final Instant now;
  private String status = "";
  private boolean canceledHere;
  private @Nullable UUID agent;

  private TaskMapping(UUID id, OldFields old, Known known, Instant now) {
    this.id = id;
    this.old = old;
    this.known = known;
    this.now = now;
  }

  /** The ids that a record says its task depends on, before anything else is known of it. */
  static List<UUID> dependencies(OldJson record) {
    return new OldFields(record).ids("dependencies");
  }

  static Mapped map(UUID id, OldJson record, Known known, Instant now)
      throws UnimportableException {
    OldFields old = new OldFields(record);
    old.requireId(id);
    return new TaskMapping(id, old, known, now).map();
  }

  private Mapped map() throws UnimportableException {
    status = old.status(STATES);
    agent = agent();
    UUID workflow = workflow();
    List<UUID> dependencies = dependencies();
    boolean held = status.equals("working");
    boolean waits = status.equals("submitted");
    ObjectNode task = JsonNodeFactory.instance.objectNode();
    task.put("type", old.required("type", 255));
    task.putNull("name");
    task.put(
        "description",
        old.cut("description", old.required("description", Integer.MAX_VALUE), 5000));
    task.set("input", old.object("input_data"));
    task.set("result", old.has("result") ? old.object("result") : NullNode.getInstance());
    task.set("error", error());
    task.put("status", status);
    task.put("priority", priority());
    task.putArray("required_capabilities");
    task.put("assigned_agent_id", text(agent));
    task.put("workflow_id", text(workflow));
    task.putNull("parent_task_id");
    ArrayNode dependsOn = task.putArray("depends_on");
    dependencies.forEach(each -> dependsOn.add(each.toString()));
    task.put("assignment", "auto");
    task.put("attempt", agent == null ? 0 : 1);
    task.put("retry_count", 0);
    task.put("max_retries", 3);
    task.putNull("retry_at");
    task.putNull("timeout_seconds");
    task.putNull("deadline_at");
    task.putNull("progress");
    task.putArray("tags");
    task.putObject("metadata");
    task.put("created_at", old.timeOrNow("created_at", now).toString());
    task.put("started_at", waits ? null : text(old.time("started_at")));
    task.put("completed_at", waits || held ? null : completedAt());
    task.put("updated_at", now.toString());
    ObjectNode entity = task.deepCopy();
    entity.put("id", id.toString());
    task.set("metadata", old.metadata(OldView.task(entity), Set.of()));
    return new Mapped(OldKind.TASK, id, task, Set.copyOf(old.invented()), agent, null, old.notes());
  }

  private boolean isOpen() {
    return status.equals("submitted") || status.equals("working");
  }

  private @Nullable UUID agent() {
    List<UUID> assigned = old.ids("assigned_agents");
    List<UUID> there =
        assigned.stream()
            .filter(
                each -> isOpen() ? "active".equals(known.agent(each)) : known.agent(each) != null)
            .toList();
    if (assigned.size() > 1) {
      old.note(
          Reason.SEVERAL_AGENTS,
          "assigned_agents",
          "%d agents are assigned; the first that is there has the task."
              .formatted(assigned.size()));
    }
    if (status.equals("submitted")) {
      return null;
    }
    if (there.isEmpty() && status.equals("working")) {
      old.note(
          Reason.AGENT_MISSING,
          "assigned_agents",
          "The task runs, but no agent that is there has it; it waits for one.");
      status = "submitted";
      return null;
    }
    if (there.isEmpty() && !assigned.isEmpty()) {
      old.note(
          Reason.AGENT_MISSING,
          "assigned_agents",
          "The agent that had the task is not there; the task has none.");
    }
    return there.isEmpty() ? null : there.getFirst();
  }

  private @Nullable UUID workflow() throws UnimportableException {
    String text = old.text("workflow_id");
    if (text == null) {
      return null;
    }
    UUID workflow = OldFields.uuid(text).orElse(null);
    String state = workflow == null ? null : known.workflow(workflow);
    if (workflow == null || state == null) {
      old.note(Reason.WORKFLOW_MISSING, "workflow_id", "There is no such workflow; left out.");
      return null;
    }
    if (!known.hasRoom(workflow, id)) {
      old.note(
          Reason.WORKFLOW_FULL, "workflow_id", "The workflow has 100 tasks already; left out.");
      return null;
    }
    if (isOpen() && Set.of("completed", "failed", "canceled").contains(state)) {
      old.note(Reason.WORKFLOW_ENDED, "workflow_id", "The workflow is %s.".formatted(state));
      cancel();
    }
    return workflow;
  }

  private List<UUID> dependencies() throws UnimportableException {
    JsonNode stated = old.get("dependencies");
    List<UUID> dependencies = old.ids("dependencies");
    if (dependencies.size() > MAX_DEPENDENCIES) {
      throw new UnimportableException(
          Reason.OUT_OF_BOUNDS,
          "dependencies",
          "Expected at most %d, but there are %d."
              .formatted(MAX_DEPENDENCIES, dependencies.size()));
    }
    if (dependencies.contains(id)) {
      throw new UnimportableException(
          Reason.DEPENDENCY_CIRCLE, "dependencies", "The task depends on itself.");
    }
    List<UUID> there = new ArrayList<>();
    for (UUID each : dependencies) {
      String state = known.task(each);
      if (state != null) {
        there.add(each);
        if (status.equals("submitted") && Set.of("failed", "canceled").contains(state)) {
          old.note(
              Reason.DEPENDENCY_FAILED,
              "dependencies",
              "Task %s, which it depends on, is %s.".formatted(each, state));
          cancel();
        }
      }
    }
    boolean complete = there.size() == (stated.isArray() ? distinct(stated) : 0);
    if (!complete && isOpen()) {
      throw new UnimportableException(
          Reason.DEPENDENCY_MISSING,
          "dependencies",
          "A task that it depends on is not there, or could not be taken over.");
    }
    if (!complete) {
      old.note(
          Reason.DEPENDENCY_LEFT_OUT,
          "dependencies",
          "A task that it depended on is not there; left out.");
    }
    return there;
  }

  private static long distinct(JsonNode array) {
    return array.valueStream().distinct().count();
  }

  private void cancel() {
    canceledHere = true;
    status = "canceled";
  }

  private @Nullable String completedAt() throws UnimportableException {
    Instant time = old.time("completed_at");
    if (time == null) {
      old.invent("completed_at");
      if (!canceledHere) {
        old.note(Reason.REPLACED, "completed_at", "There is no time; it has the import's.");
      }
    }
    return text(time == null ? now : time);
  }

  private JsonNode error() throws UnimportableException {
    JsonNode value = old.get("error");
    if (!old.has("error")) {
      return NullNode.getInstance();
    }
    String message = value.isString() ? value.stringValue() : OldJson.text(value);
    if (!value.isString()) {
      old.note(Reason.WRAPPED, "error", "The error is no text; its message is its JSON.");
    }
    ObjectNode error = JsonNodeFactory.instance.objectNode();
    error.put("code", OldView.ERROR_CODE);
    error.put("message", old.cut("error", message, 5000));
    return error;
  }

  private int priority() {
    JsonNode value = old.get("priority");
    int priority = 2;
    boolean exact = !old.has("priority");
    if (value.isInt()) {
      priority = Math.clamp(value.intValue(), 1, 5);
      exact = priority == value.intValue();
    } else if (value.isString()) {
      String name = value.stringValue();
      String plain = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
      Integer named = plain.matches("[1-5]") ? Integer.valueOf(plain) : PRIORITIES.get(plain);
      exact = named != null;
      priority = named == null ? priority : named;
    }
    if (!exact) {
      old.note(
          Reason.REPLACED,
          "priority",
          "The priority is none of 1 to 5; it is %d.".formatted(priority));
    }
    return priority;
  }

  private static @Nullable String text(@Nullable Object value) {
    return value == null ? null : value.toString();
  }
}
