package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.schemas.Schemas;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Lays all events over each other in the order of their positions, and holds each to the rules.
 *
 * <p>Whoever gives an agent a task or takes one back has locked the agent and the task's workflow,
 * and whoever ends a task has locked what waits for it. Positions are drawn afterwards, so they
 * tell the order wherever it matters here.
 */
final class Replay {

  private static final Set<String> HELD = Set.of("assigned", "working", "input_required");
  private static final Set<String> FINAL = Set.of("completed", "failed", "canceled");
  private static final Set<String> ASSIGNABLE = Set.of("pending", "running");

  /** Events that need not change the state of their task. */
  private static final Set<String> NO_STEP =
      Set.of("task.progressed.v1", "task.timed-out.v1", "task.released.v1");

  private static final Map<String, Set<String>> TASK_STEPS =
      Map.of(
          "",
          Set.of("submitted"),
          "submitted",
          Set.of("assigned", "canceled"),
          "assigned",
          Set.of("working", "completed", "failed", "canceled", "submitted"),
          "working",
          Set.of("input_required", "completed", "failed", "canceled", "submitted"),
          "input_required",
          Set.of("working", "completed", "failed", "canceled", "submitted"));

  private static final Map<String, Set<String>> WORKFLOW_STEPS =
      Map.of(
          "",
          Set.of("pending"),
          "pending",
          Set.of("running", "paused", "failed", "canceled"),
          "running",
          Set.of("paused", "completed", "failed", "canceled"),
          "paused",
          Set.of("pending", "running", "completed", "failed", "canceled"));

  private final Map<String, ObjectNode> entities = new LinkedHashMap<>();
  private final Map<String, Set<String>> heldBy = new HashMap<>();
  private final Map<String, Set<String>> parts = new HashMap<>();
  private final Map<String, Set<String>> dependants = new HashMap<>();
  private final Map<String, Set<String>> tasksOf = new HashMap<>();

  /** The entity that the first event of a cause is about. */
  private final Map<String, String> subjects = new HashMap<>();

  /** What ended an entity. */
  private final Map<String, String> endedBy = new HashMap<>();

  /** By cause what it has yet to end, and which tasks it has yet to take from their agents. */
  private final Map<String, Set<String>> toEnd = new HashMap<>();

  private final Map<String, Set<String>> toGiveBack = new HashMap<>();

  /** Tasks that were canceled because their workflow ended, which is told behind them. */
  private final List<Event> canceledWithWorkflow = new ArrayList<>();

  private Replay() {}

  /** Holds the events to the rules, whatever they leave open. */
  static void assertKept(List<Event> events) {
    Replay unused = of(events);
  }

  /** Likewise, and sees to it that they leave nothing open: no task, no workflow, no slot. */
  static void assertKeptToTheEnd(List<Event> events) {
    of(events).assertAllEnded();
  }

  private static Replay of(List<Event> events) {
    Replay replay = new Replay();
    events.stream()
        .filter(event -> !event.data().get("entity_version").isNull())
        .sorted(Comparator.comparingLong(Event::position))
        .forEach(replay::apply);
    replay.assertNothingForgotten();
    return replay;
  }

  private void assertAllEnded() {
    entities.forEach(
        (id, entity) -> {
          if (isTask(entity) || isWorkflow(entity)) {
            assertThat(isFinal(id)).as("%s has ended: %s", id, entity).isTrue();
          }
        });
    assertThat(heldBy.values()).allSatisfy(held -> assertThat(held).isEmpty());
  }

  private void apply(Event event) {
    String id = Objects.requireNonNull(event.key());
    String cause = cause(event);
    subjects.putIfAbsent(cause, id);
    ObjectNode entity = entities.computeIfAbsent(id, key -> Schemas.JSON.createObjectNode());
    String before = entity.path("status").asString();
    if (event.type().equals("task.assigned.v1")) {
      assertAssignable(event, entity);
    }
    entity.setAll((ObjectNode) event.changes());
    String after = entity.path("status").asString();
    switch (event.data().get("entity_type").stringValue()) {
      case "agent" -> followAgent(id, before, after, cause);
      case "task" -> followTask(event, entity, before, after);
      case "workflow" -> followWorkflow(event, entity, before, after);
      default -> throw new AssertionError("an event about something else: " + event.json());
    }
    if (FINAL.contains(after)) {
      toEnd.getOrDefault(cause, new HashSet<>()).remove(id);
    }
  }

  private void assertAssignable(Event event, ObjectNode task) {
    String agentId = event.changes().get("assigned_agent_id").stringValue();
    ObjectNode agent = Objects.requireNonNull(entities.get(agentId), agentId);
    String what = "%s to agent %s at %d".formatted(event.key(), agentId, event.position());
    assertThat(task.get("status").stringValue()).as(what).isEqualTo("submitted");
    assertThat(task.get("assigned_agent_id").isNull()).as("%s: a second holder", what).isTrue();
    assertThat(event.changes().get("attempt").intValue())
        .as("%s: the attempt", what)
        .isEqualTo(task.get("attempt").intValue() + 1);
    assertThat(agent.get("status").stringValue()).as("%s: the agent", what).isEqualTo("active");
    assertThat(heldBy.getOrDefault(agentId, Set.of()))
        .as("%s: the tasks it holds", what)
        .hasSizeLessThan(agent.get("max_concurrent_tasks").intValue());
    assertThat(strings(agent.get("capabilities")))
        .as("%s: its capabilities", what)
        .containsAll(strings(task.get("required_capabilities")));
    assertThat(strings(task.get("depends_on")))
        .as("%s: the dependencies", what)
        .allMatch(dependency -> status(dependency).equals("completed"));
    String workflow = text(task, "workflow_id");
    if (workflow != null) {
      assertThat(status(workflow)).as("%s: the workflow", what).isIn(ASSIGNABLE);
    }
  }

  private void followAgent(String id, String before, String after, String cause) {
    if (before.equals("active") && !after.equals("active")) {
      toGiveBack
          .computeIfAbsent(cause, key -> new HashSet<>())
          .addAll(heldBy.getOrDefault(id, Set.of()));
    }
  }

  private void followTask(Event event, ObjectNode task, String before, String after) {
    String id = Objects.requireNonNull(event.key());
    String cause = cause(event);
    assertStep(event, TASK_STEPS, before, after);
    if (before.isEmpty()) {
      place(id, task);
    }
    heldBy.values().forEach(held -> held.remove(id));
    if (HELD.contains(after)) {
      String agent = task.get("assigned_agent_id").stringValue();
      heldBy.computeIfAbsent(agent, key -> new HashSet<>()).add(id);
    } else {
      toGiveBack.getOrDefault(cause, new HashSet<>()).remove(id);
    }
    assertThat(task.get("retry_count").intValue()).isBetween(0, task.get("max_retries").intValue());
    if (FINAL.contains(after)) {
      endedBy.put(id, cause);
      if (!after.equals("completed")) {
        followBadEnd(event, task, after);
      }
    }
  }

  private void place(String id, ObjectNode task) {
    String parent = text(task, "parent_task_id");
    if (parent != null) {
      parts.computeIfAbsent(parent, key -> new HashSet<>()).add(id);
    }
    String workflow = text(task, "workflow_id");
    if (workflow != null) {
      assertThat(isFinal(workflow)).as("the workflow of new task %s has ended", id).isFalse();
      tasksOf.computeIfAbsent(workflow, key -> new HashSet<>()).add(id);
    }
    strings(task.get("depends_on"))
        .forEach(each -> dependants.computeIfAbsent(each, key -> new HashSet<>()).add(id));
  }

  private void followBadEnd(Event event, ObjectNode task, String after) {
    String id = Objects.requireNonNull(event.key());
    String cause = cause(event);
    mustEnd(cause, dependants.getOrDefault(id, Set.of()));
    if (after.equals("canceled")) {
      mustEnd(cause, parts.getOrDefault(id, Set.of()));
    }
    String workflow = text(task, "workflow_id");
    if (workflow != null
        && Objects.requireNonNull(entities.get(workflow))
            .get("on_task_failure")
            .stringValue()
            .equals("fail")) {
      mustEnd(cause, Set.of(workflow));
    }
    if (after.equals("canceled") && !isExplained(id, task, event)) {
      assertThat(workflow).as("%s was canceled for no reason: %s", id, event.json()).isNotNull();
      canceledWithWorkflow.add(event);
    }
  }

  /** Whether something that was told before says why a task was canceled. */
  private boolean isExplained(String id, ObjectNode task, Event event) {
    String cause = cause(event);
    String parent = text(task, "parent_task_id");
    return isSubject(id, event, "task.cancel")
        || (parent != null && status(parent).equals("canceled") && isEndedBy(parent, cause))
        || strings(task.get("depends_on")).stream()
            .anyMatch(each -> isFinal(each) && !status(each).equals("completed"));
  }

  private void followWorkflow(Event event, ObjectNode workflow, String before, String after) {
    String id = Objects.requireNonNull(event.key());
    assertStep(event, WORKFLOW_STEPS, before, after);
    List<String> states =
        tasksOf.getOrDefault(id, Set.of()).stream().map(this::status).distinct().toList();
    switch (after) {
      case "completed" -> assertThat(states).as("tasks of %s", id).containsOnly("completed");
      case "failed" -> {
        assertThat(FINAL).as("states of tasks of %s", id).containsAll(states);
        assertThat(states).as("tasks of %s", id).containsAnyOf("failed", "canceled");
      }
      case "canceled" -> {
        assertThat(isSubject(id, event, "workflow.cancel")).as("%s", event.json()).isTrue();
        mustEnd(cause(event), tasksOf.getOrDefault(id, Set.of()));
      }
      default ->
          assertThat(workflow.get("started_at").isNull())
              .as("%s has not started", id)
              .isEqualTo(after.equals("pending") || (after.equals("paused") && isUnstarted(id)));
    }
    if (FINAL.contains(after)) {
      endedBy.put(id, cause(event));
    }
  }

  /** Whether none of its tasks was ever assigned. */
  private boolean isUnstarted(String workflow) {
    return tasksOf.getOrDefault(workflow, Set.of()).stream()
        .map(entities::get)
        .allMatch(task -> task != null && task.get("attempt").intValue() == 0);
  }

  private void assertNothingForgotten() {
    assertThat(toEnd.values().stream().flatMap(Set::stream))
        .as("what should have ended with something else")
        .isEmpty();
    assertThat(toGiveBack.values().stream().flatMap(Set::stream))
        .as("tasks that should have been taken from an agent that is gone")
        .isEmpty();
    for (Event event : canceledWithWorkflow) {
      String id = Objects.requireNonNull(event.key());
      String workflow = Objects.requireNonNull(text(entities.get(id), "workflow_id"));
      assertThat(isEndedBy(workflow, cause(event)))
          .as("%s was canceled for no reason: %s", id, event.json())
          .isTrue();
    }
    tasksOf.forEach(
        (workflow, tasks) ->
            assertThat(isFinal(workflow))
                .as("%s is final as its tasks are", workflow)
                .isEqualTo(tasks.stream().allMatch(this::isFinal)));
  }

  private static void assertStep(
      Event event, Map<String, Set<String>> steps, String before, String after) {
    boolean stays =
        before.equals(after) && !FINAL.contains(before) && NO_STEP.contains(event.type());
    assertThat(stays || steps.getOrDefault(before, Set.of()).contains(after))
        .as("from %s to %s: %s", before, after, event.json())
        .isTrue();
  }

  private void mustEnd(String cause, Set<String> ids) {
    ids.stream()
        .filter(id -> !isFinal(id))
        .forEach(id -> toEnd.computeIfAbsent(cause, key -> new HashSet<>()).add(id));
  }

  private boolean isSubject(String id, Event event, String operation) {
    return event.data().get("operation").stringValue().equals(operation)
        && id.equals(subjects.get(cause(event)));
  }

  private boolean isEndedBy(String id, String cause) {
    return cause.equals(endedBy.get(id));
  }

  private boolean isFinal(String id) {
    return FINAL.contains(status(id));
  }

  private String status(String id) {
    ObjectNode entity = entities.get(id);
    return entity == null ? "" : entity.path("status").asString();
  }

  private static boolean isTask(ObjectNode entity) {
    return entity.has("attempt");
  }

  private static boolean isWorkflow(ObjectNode entity) {
    return entity.has("on_task_failure");
  }

  private static String cause(Event event) {
    return event.commandSource() + " " + event.commandId();
  }

  private static @Nullable String text(@Nullable JsonNode entity, String field) {
    JsonNode value = entity == null ? null : entity.get(field);
    return value == null || value.isNull() ? null : value.stringValue();
  }

  private static List<String> strings(JsonNode array) {
    return Stream.iterate(0, i -> i < array.size(), i -> i + 1)
        .map(i -> array.get(i).stringValue())
        .toList();
  }
}
