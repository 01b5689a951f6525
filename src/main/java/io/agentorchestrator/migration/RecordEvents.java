package io.agentorchestrator.migration;

import io.agentorchestrator.log.BulkAppend.Event;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The events of what is taken over: the first one of an entity, in the state it had, and later ones
 * while the old store is followed.
 */
final class RecordEvents {

  private static final Set<String> HELD = Set.of("assigned", "working", "input_required");
  private static final Set<String> ENDED = Set.of("completed", "failed", "canceled");

  /** What is given at a creation, and never changes here. */
  private static final Map<OldKind, Set<String>> FIXED =
      Map.of(
          OldKind.AGENT,
          Set.of(),
          OldKind.WORKFLOW,
          Set.of("name", "description", "user_id", "configuration", "created_at"),
          OldKind.TASK,
          Set.of(
              "type",
              "description",
              "input",
              "priority",
              "workflow_id",
              "depends_on",
              "created_at"));

  /** What a record says of an entity and what may be followed, besides what is fixed. */
  private static final Map<OldKind, Set<String>> FOLLOWED =
      Map.of(
          OldKind.AGENT,
          Set.of("type", "name", "endpoint", "capabilities", "status", "metadata"),
          OldKind.WORKFLOW,
          Set.of("status"),
          OldKind.TASK,
          Set.of(
              "status",
              "result",
              "error",
              "assigned_agent_id",
              "started_at",
              "completed_at",
              "metadata"));

  private final String store;
  private final UUID run;

  /**
   * Makes those of a run.
   *
   * @param store the old store's address
   */
  RecordEvents(String store, UUID run) {
    this.store = store;
    this.run = run;
  }

  /**
   * What a change of a record comes to.
   *
   * @param event the event; null where no field changes
   * @param conflict what cannot be followed, or null
   */
  record Change(@Nullable Event event, @Nullable Note conflict) {}

  /** The first event. */
  Event first(Mapped mapped, String digest) {
    EventType type =
        switch (mapped.kind()) {
          case AGENT -> EventType.AGENT_REGISTERED;
          case WORKFLOW -> EventType.WORKFLOW_CREATED;
          case TASK -> EventType.TASK_CREATED;
        };
    String message =
        "%s %s taken over from %s (%s)."
            .formatted(noun(mapped), mapped.id(), store, mapped.status());
    return new Event(
        type,
        mapped.kind().entityType(),
        mapped.id(),
        1,
        EventStatus.SUCCESS,
        message,
        mapped.agent(),
        new JsonObject(OldJson.text(mapped.fields())),
        new JsonObject(OldJson.text(details(mapped, digest))));
  }

  /**
   * The event of a change.
   *
   * @param entity as its table has it
   */
  Change change(Mapped mapped, ObjectNode entity, String digest, Instant now) {
    OldKind kind = mapped.kind();
    String before = entity.get("status").stringValue();
    List<String> fixed = differing(mapped, entity, FIXED.get(kind));
    Note conflict =
        fixed.isEmpty()
            ? null
            : new Note(
                Reason.CANNOT_CHANGE,
                String.join(", ", fixed),
                "It changed there, but is given at the creation here, and stays.");
    if (ENDED.contains(before) && !before.equals(mapped.status())) {
      return new Change(
          null,
          new Note(
              Reason.CANNOT_CHANGE,
              "status",
              "It is %s there now, but %s here, which is final."
                  .formatted(mapped.status(), before)));
    }
    ObjectNode changes = JsonNodeFactory.instance.objectNode();
    for (String field : differing(mapped, entity, FOLLOWED.get(kind))) {
      changes.set(field, mapped.fields().get(field));
    }
    if (changes.isEmpty()) {
      return new Change(null, conflict);
    }
    if (kind == OldKind.TASK) {
      countAttempt(mapped, entity, changes);
    }
    if (kind == OldKind.WORKFLOW && ENDED.contains(mapped.status()) && !ENDED.contains(before)) {
      changes.put("completed_at", now.toString());
    }
    changes.put("updated_at", now.toString());
    return new Change(event(mapped, entity, before, changes, details(mapped, digest)), conflict);
  }

  private Event event(
      Mapped mapped, ObjectNode entity, String before, ObjectNode changes, ObjectNode details) {
    String after = mapped.status();
    boolean moved = changes.has("status");
    EventType type =
        switch (mapped.kind()) {
          case AGENT -> moved ? EventType.AGENT_STATUS_CHANGED : EventType.AGENT_UPDATED;
          case WORKFLOW -> workflowEvent(before, after);
          case TASK -> moved ? taskEvent(after) : EventType.TASK_PROGRESSED;
        };
    if (type == EventType.AGENT_STATUS_CHANGED) {
      details.put("from", before);
      details.put("to", after);
    }
    UUID agent = mapped.agent();
    if (agent == null && entity.path("assigned_agent_id").isString()) {
      agent = UUID.fromString(entity.get("assigned_agent_id").stringValue());
    }
    boolean failed = type == EventType.TASK_FAILED || type == EventType.WORKFLOW_FAILED;
    return new Event(
        type,
        mapped.kind().entityType(),
        mapped.id(),
        entity.get("entity_version").longValue() + 1,
        failed ? EventStatus.FAILURE : EventStatus.SUCCESS,
        "%s %s followed %s (%s).".formatted(noun(mapped), mapped.id(), store, after),
        agent,
        new JsonObject(OldJson.text(changes)),
        new JsonObject(OldJson.text(details)));
  }

  private static EventType taskEvent(String status) {
    return switch (status) {
      case "working" -> EventType.TASK_STARTED;
      case "completed" -> EventType.TASK_COMPLETED;
      case "failed" -> EventType.TASK_FAILED;
      case "canceled" -> EventType.TASK_CANCELED;
      case "submitted" -> EventType.TASK_RELEASED;
      default -> throw new IllegalStateException("no state of a record: " + status);
    };
  }

  private static EventType workflowEvent(String before, String after) {
    return switch (after) {
      case "completed" -> EventType.WORKFLOW_COMPLETED;
      case "failed" -> EventType.WORKFLOW_FAILED;
      case "canceled" -> EventType.WORKFLOW_CANCELED;
      case "paused" -> EventType.WORKFLOW_PAUSED;
      case "pending" -> EventType.WORKFLOW_RESUMED;
      case "running" ->
          before.equals("paused") ? EventType.WORKFLOW_RESUMED : EventType.WORKFLOW_STARTED;
      default -> throw new IllegalStateException("no state of a record: " + after);
    };
  }

  /** Whether a task that an agent has here is another's there. */
  static boolean changesHands(Mapped mapped, ObjectNode entity) {
    return mapped.kind() == OldKind.TASK
        && HELD.contains(entity.get("status").stringValue())
        && mapped.agent() != null
        && !mapped.agent().toString().equals(entity.get("assigned_agent_id").asString());
  }

  /**
   * The event of a task that its agent no longer has.
   *
   * @param task as its table has it
   * @param digest of the record as it was taken over last; null where the task is not from there
   */
  Event release(ObjectNode task, @Nullable String digest, String why, Instant now) {
    UUID id = UUID.fromString(task.get("id").stringValue());
    ObjectNode changes = JsonNodeFactory.instance.objectNode();
    changes.put("status", "submitted");
    changes.putNull("assigned_agent_id");
    for (String field : List.of("started_at", "deadline_at", "progress")) {
      if (!task.get(field).isNull()) {
        changes.putNull(field);
      }
    }
    changes.put("updated_at", now.toString());
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    details.put("reason", why);
    if (digest != null) {
      details.set("import", origin(OldKind.TASK, digest));
    }
    return new Event(
        EventType.TASK_RELEASED,
        OldKind.TASK.entityType(),
        id,
        task.get("entity_version").longValue() + 1,
        EventStatus.SUCCESS,
        "Task %s released: %s".formatted(id, why),
        UUID.fromString(task.get("assigned_agent_id").stringValue()),
        new JsonObject(OldJson.text(changes)),
        new JsonObject(OldJson.text(details)));
  }

  /** Each time another agent gets the task is an attempt. */
  private static void countAttempt(Mapped mapped, ObjectNode entity, ObjectNode changes) {
    int attempt = entity.get("attempt").intValue();
    if (mapped.agent() != null && changes.has("assigned_agent_id")) {
      changes.put("attempt", attempt + 1);
    }
  }

  /**
   * Those of the fields whose value here is another, less those of which the record says nothing.
   */
  static List<String> differing(Mapped mapped, ObjectNode entity, @Nullable Set<String> fields) {
    return mapped.fields().properties().stream()
        .filter(field -> fields != null && fields.contains(field.getKey()))
        .filter(field -> !mapped.invented().contains(field.getKey()))
        .filter(field -> !isSame(field.getValue(), entity.get(field.getKey())))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** What of an entity a record says, for a comparison. */
  static Set<String> stated(OldKind kind) {
    Set<String> all = new HashSet<>(FOLLOWED.getOrDefault(kind, Set.of()));
    all.addAll(FIXED.getOrDefault(kind, Set.of()));
    return all;
  }

  /** Whether both mean the same; PostgreSQL writes times in its own way. */
  private static boolean isSame(JsonNode told, @Nullable JsonNode here) {
    if (here == null) {
      return false;
    }
    if (told.isString() && here.isString()) {
      Optional<Instant> time = time(told.stringValue());
      return told.equals(here) || (time.isPresent() && time.equals(time(here.stringValue())));
    }
    if (told.isNumber() && here.isNumber()) {
      return told.decimalValue().compareTo(here.decimalValue()) == 0;
    }
    if (told.isArray() && here.isArray() && told.size() == here.size()) {
      for (int i = 0; i < told.size(); i++) {
        if (!isSame(told.get(i), here.get(i))) {
          return false;
        }
      }
      return true;
    }
    if (told.isObject() && here.isObject() && told.size() == here.size()) {
      return told.properties().stream()
          .allMatch(member -> isSame(member.getValue(), here.get(member.getKey())));
    }
    return told.equals(here);
  }

  private static Optional<Instant> time(String text) {
    try {
      return Optional.of(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private ObjectNode details(Mapped mapped, String digest) {
    ObjectNode origin = origin(mapped.kind(), digest);
    if (mapped.lastSeen() != null) {
      origin.put("last_seen", mapped.lastSeen().toString());
    }
    if (!mapped.notes().isEmpty()) {
      ArrayNode notes = origin.putArray("notes");
      mapped
          .notes()
          .forEach(
              each ->
                  notes.add(
                      "%s %s: %s"
                          .formatted(each.reason(), each.field(), each.message())
                          .replace("  ", " ")));
    }
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    details.set("import", origin);
    return details;
  }

  private ObjectNode origin(OldKind kind, String digest) {
    ObjectNode origin = JsonNodeFactory.instance.objectNode();
    origin.put("store", store);
    origin.put("key", kind.key());
    origin.put("digest", digest);
    origin.put("run", run.toString());
    return origin;
  }

  private static String noun(Mapped mapped) {
    return switch (mapped.kind()) {
      case AGENT -> "Agent";
      case WORKFLOW -> "Workflow";
      case TASK -> "Task";
    };
  }
}
