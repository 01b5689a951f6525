package io.agentorchestrator.pipeline;

import io.agentorchestrator.schemas.Schemas;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Producers of tasks and workflows, who look what became of them now and then. */
final class RandomWork {

  private static final int ENOUGH = 150;
  private static final int RECENT = 60;

  private final Random random;
  private final RandomFleet fleet;
  private final List<UUID> recent = new ArrayList<>();
  private List<Seen> open = List.of();
  private List<UUID> workflows = List.of();
  private Set<UUID> paused = Set.of();

  /** An open task as it was when it was looked at; it may have changed since. */
  record Seen(
      UUID id,
      String status,
      int attempt,
      @Nullable UUID holder,
      boolean manual,
      boolean blocked,
      @Nullable UUID workflow) {}

  RandomWork(Random random, RandomFleet fleet) {
    this.random = random;
    this.fleet = fleet;
  }

  /** Looks at what is open. */
  void look(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      List<Seen> seen = new ArrayList<>();
      try (ResultSet row =
          statement.executeQuery(
              """
              SELECT id, status, attempt, assigned_agent_id, assignment = 'manual',
                open_dependencies > 0, workflow_id
              FROM tasks WHERE status NOT IN ('completed', 'failed', 'canceled')
              ORDER BY created_at, id
              """)) {
        while (row.next()) {
          seen.add(
              new Seen(
                  row.getObject(1, UUID.class),
                  row.getString(2),
                  row.getInt(3),
                  row.getObject(4, UUID.class),
                  row.getBoolean(5),
                  row.getBoolean(6),
                  row.getObject(7, UUID.class)));
        }
      }
      open = seen;
      workflows = workflows(statement, "'pending', 'running', 'paused'");
      paused = Set.copyOf(workflows(statement, "'paused'"));
    }
  }

  private static List<UUID> workflows(Statement statement, String states) throws SQLException {
    List<UUID> found = new ArrayList<>();
    try (ResultSet row =
        statement.executeQuery(
            "SELECT id FROM workflows WHERE status IN (%s) ORDER BY created_at, id"
                .formatted(states))) {
      while (row.next()) {
        found.add(row.getObject(1, UUID.class));
      }
    }
    return found;
  }

  boolean isAllDone() {
    return open.isEmpty() && workflows.isEmpty();
  }

  @Override
  public String toString() {
    return "open tasks: %s; open workflows: %s, paused: %s".formatted(open, workflows, paused);
  }

  /** What producers and agents say next. */
  List<ObjectNode> step() {
    int chance = random.nextInt(100);
    boolean enough = open.size() >= ENOUGH;
    if (chance < 45 && !enough) {
      return List.of(createTask());
    } else if (chance < 52 && !enough) {
      return List.of(createWorkflow());
    } else if (open.isEmpty()) {
      return List.of();
    } else if (chance < 58) {
      return workflows.isEmpty() ? List.of() : List.of(joinWorkflow());
    } else if (chance < 64) {
      return workflows.isEmpty() ? List.of() : List.of(changeWorkflow());
    } else if (chance < 67) {
      return List.of(Commands.cancel(anyOpen().id()));
    } else if (chance < 80) {
      return assign();
    }
    return word();
  }

  private ObjectNode createTask() {
    UUID id = id();
    Map<String, Object> fields = fields();
    if (random.nextInt(5) == 0) {
      fields.put("depends_on", List.of(anyRecent().toString()));
    }
    if (random.nextInt(6) == 0) {
      fields.put("parent_task_id", anyRecent().toString());
    }
    recent.add(id);
    return Commands.createTask(id, fields);
  }

  private ObjectNode createWorkflow() {
    List<UUID> ids = new ArrayList<>();
    List<ObjectNode> tasks = new ArrayList<>();
    int count = 1 + random.nextInt(6);
    for (int i = 0; i < count; i++) {
      UUID id = id();
      List<UUID> dependencies = ids.stream().filter(each -> random.nextInt(3) == 0).toList();
      ObjectNode task = Commands.workflowTask(id, "java", dependencies.toArray(UUID[]::new));
      Map<String, Object> fields = fields();
      if (random.nextInt(6) == 0) {
        UUID parent = ids.isEmpty() || random.nextBoolean() ? anyRecent() : ids.getFirst();
        fields.put("parent_task_id", parent.toString());
      }
      task.setAll((ObjectNode) Schemas.JSON.valueToTree(fields));
      tasks.add(task);
      ids.add(id);
    }
    recent.addAll(ids);
    Map<String, Object> more = new HashMap<>();
    more.put("on_task_failure", random.nextBoolean() ? "fail" : "continue");
    if (random.nextInt(6) == 0) {
      more.put("timeout_seconds", 5 + random.nextInt(40));
    }
    return Commands.createWorkflow(id(), more, tasks);
  }

  /** A workflow that reliable agents complete. */
  ObjectNode calmWorkflow() {
    UUID first = id();
    return Commands.createWorkflow(
        id(),
        Map.of(),
        List.of(Commands.workflowTask(first, "java"), Commands.workflowTask(id(), "java", first)));
  }

  private ObjectNode joinWorkflow() {
    UUID workflow = workflows.get(random.nextInt(workflows.size()));
    UUID id = id();
    Map<String, Object> fields = fields();
    fields.put("workflow_id", workflow.toString());
    fields.put(
        "depends_on",
        open.stream()
            .filter(task -> workflow.equals(task.workflow()) && random.nextInt(3) == 0)
            .map(task -> task.id().toString())
            .toList());
    recent.add(id);
    return Commands.createTask(id, fields);
  }

  private Map<String, Object> fields() {
    Map<String, Object> fields = new HashMap<>();
    fields.put("assignment", random.nextInt(6) == 0 ? "manual" : "auto");
    fields.put("required_capabilities", RandomFleet.capabilities(random, 0));
    fields.put("priority", 1 + random.nextInt(5));
    fields.put("max_retries", random.nextInt(4));
    fields.put("input", Map.of("n", random.nextInt()));
    if (random.nextInt(4) == 0) {
      fields.put("timeout_seconds", 2 + random.nextInt(20));
    }
    return fields;
  }

  private ObjectNode changeWorkflow() {
    UUID workflow = workflows.get(random.nextInt(workflows.size()));
    int chance = random.nextInt(20);
    String what =
        chance == 0
            ? "workflow.cancel.v1"
            : paused.contains(workflow) ? "workflow.resume.v1" : "workflow.pause.v1";
    return Commands.command(what, workflow, Map.of("reason", "Because."));
  }

  private List<ObjectNode> assign() {
    List<Seen> waiting =
        open.stream().filter(each -> each.status().equals("submitted") && each.manual()).toList();
    Seen task =
        waiting.isEmpty() || random.nextInt(5) == 0
            ? anyOpen()
            : waiting.get(random.nextInt(waiting.size()));
    return List.of(
        random.nextBoolean()
            ? Commands.command("task.assign.v1", task.id(), Map.of())
            : Commands.assign(task.id(), fleet.any(random)));
  }

  private List<ObjectNode> word() {
    List<Seen> held = open.stream().filter(each -> each.holder() != null).toList();
    if (held.isEmpty()) {
      return List.of();
    }
    Seen task = held.get(random.nextInt(held.size()));
    UUID holder = task.holder();
    return holder == null || fleet.isSilent(holder)
        ? List.of()
        : List.of(RandomFleet.word(random, task.id(), holder, task.attempt()));
  }

  /** What brings all to its end: agents complete what they hold, what is held up is let go. */
  List<ObjectNode> bringToAnEnd() {
    List<ObjectNode> commands = new ArrayList<>();
    paused.forEach(each -> commands.add(Commands.command("workflow.resume.v1", each, Map.of())));
    for (Seen task : open) {
      UUID holder = task.holder();
      if (holder != null) {
        commands.add(Commands.word("task.complete.v1", task.id(), holder, task.attempt()));
      } else if (task.manual() && !task.blocked()) {
        commands.add(
            random.nextInt(4) == 0
                ? Commands.cancel(task.id())
                : Commands.command("task.assign.v1", task.id(), Map.of()));
      }
    }
    return commands;
  }

  private Seen anyOpen() {
    return open.get(random.nextInt(open.size()));
  }

  /** A task of late, or one that nobody knows. */
  private UUID anyRecent() {
    if (recent.isEmpty() || random.nextInt(50) == 0) {
      return id();
    }
    return recent.get(Math.max(0, recent.size() - 1 - random.nextInt(RECENT)));
  }

  private UUID id() {
    return new UUID(random.nextLong(), random.nextLong());
  }
}
