package io.agentorchestrator.migration;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is here of what a batch of records names, as the database had it when it was loaded, and as
 * the batch changes it. Not thread-safe.
 */
final class Here implements Known {

  private static final int MOST_TASKS = 100;

  private static final String AGENTS = "SELECT id, status FROM agents WHERE id = ANY(?)";
  private static final String TASKS = "SELECT id, status FROM tasks WHERE id = ANY(?)";
  private static final String WORKFLOWS =
      """
      SELECT id, status, coalesce(tasks, 0) FROM workflows
      LEFT JOIN workflow_progress ON workflow_id = id WHERE id = ANY(?)""";
  private static final String MEMBERS =
      "SELECT id, workflow_id FROM tasks WHERE workflow_id IS NOT NULL AND id = ANY(?)";
  private static final String IMPORTED =
      """
      SELECT id, digest, entity_version, run FROM imported_records
      WHERE kind = ? AND id = ANY(?)""";

  private static final Map<OldKind, String> ENTITIES =
      Map.of(
          OldKind.AGENT,
          "SELECT id, row_to_json(entity) FROM agents AS entity WHERE id = ANY(?)",
          OldKind.WORKFLOW,
          "SELECT id, row_to_json(entity) FROM workflows AS entity WHERE id = ANY(?)",
          OldKind.TASK,
          """
          SELECT id, row_to_json(entity) FROM (
            SELECT *, CASE WHEN error_code IS NOT NULL
              THEN json_build_object('code', error_code, 'message', error_message) END AS error
            FROM tasks WHERE id = ANY(?)) AS entity""");

  private static final String HELD =
      """
      SELECT id, row_to_json(tasks) FROM tasks
      WHERE assigned_agent_id = ANY(?) AND status IN ('assigned', 'working', 'input_required')""";

  private final Connection session;
  private final Map<UUID, String> agents = new HashMap<>();
  private final Map<UUID, String> workflows = new HashMap<>();
  private final Map<UUID, Integer> tasksOfWorkflows = new HashMap<>();
  private final Map<UUID, UUID> members = new HashMap<>();
  private final Map<UUID, String> tasks = new HashMap<>();

  /**
   * What the import noted of a record.
   *
   * @param version the entity's version then
   * @param run the run of the import that did it
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Imported(byte[] digest, long version, UUID run) {}

  Here(Connection session) {
    this.session = session;
  }

  private void loadAgents(Collection<UUID> ids) throws SQLException {
    load(AGENTS, ids, row -> agents.put(row.getObject(1, UUID.class), row.getString(2)));
  }

  private void loadWorkflows(Collection<UUID> ids) throws SQLException {
    load(
        WORKFLOWS,
        ids,
        row -> {
          UUID id = row.getObject(1, UUID.class);
          workflows.put(id, row.getString(2));
          tasksOfWorkflows.put(id, row.getInt(3));
        });
  }

  void loadTasks(Collection<UUID> ids) throws SQLException {
    load(TASKS, ids, row -> tasks.put(row.getObject(1, UUID.class), row.getString(2)));
  }

  private void loadMembers(Collection<UUID> ids) throws SQLException {
    load(
        MEMBERS,
        ids,
        row -> members.put(row.getObject(1, UUID.class), row.getObject(2, UUID.class)));
  }

  /** Loads all that some tasks' records name. */
  void loadNamedBy(Collection<UUID> ids, Collection<OldJson> records) throws SQLException {
    Set<UUID> namedAgents = new HashSet<>();
    Set<UUID> namedWorkflows = new HashSet<>();
    Set<UUID> namedTasks = new HashSet<>(ids);
    for (OldJson each : records) {
      for (JsonNode agent : each.object().path("assigned_agents")) {
        agent.asStringOpt().flatMap(OldFields::uuid).ifPresent(namedAgents::add);
      }
      each.object()
          .path("workflow_id")
          .asStringOpt()
          .flatMap(OldFields::uuid)
          .ifPresent(namedWorkflows::add);
      namedTasks.addAll(TaskMapping.dependencies(each));
    }
    loadAgents(namedAgents);
    loadWorkflows(namedWorkflows);
    loadMembers(ids);
    loadTasks(namedTasks);
  }

  /** What the import noted of records, by their ids. */
  Map<UUID, Imported> imported(OldKind kind, Collection<UUID> ids) throws SQLException {
    Map<UUID, Imported> found = new HashMap<>();
    try (PreparedStatement query = session.prepareStatement(IMPORTED)) {
      query.setString(1, kind.value());
      query.setArray(2, session.createArrayOf("uuid", ids.toArray()));
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          found.put(
              row.getObject(1, UUID.class),
              new Imported(row.getBytes(2), row.getLong(3), row.getObject(4, UUID.class)));
        }
      }
    }
    return found;
  }

  /** Entities, as their tables have them, by their ids. */
  Map<UUID, ObjectNode> entities(OldKind kind, Collection<UUID> ids) throws SQLException {
    return objects(Objects.requireNonNull(ENTITIES.get(kind)), ids);
  }

  /** The tasks that agents hold, likewise. */
  Map<UUID, ObjectNode> heldBy(Collection<UUID> holders) throws SQLException {
    return objects(HELD, holders);
  }

  private Map<UUID, ObjectNode> objects(String sql, Collection<UUID> ids) throws SQLException {
    Map<UUID, ObjectNode> found = new HashMap<>();
    load(
        sql,
        ids,
        row ->
            found.put(
                row.getObject(1, UUID.class),
                (ObjectNode) OldJson.MAPPER.readTree(row.getString(2))));
    return found;
  }

  /** Takes in what a record of this batch is going to be. */
  void add(Mapped mapped) {
    switch (mapped.kind()) {
      case AGENT -> agents.put(mapped.id(), mapped.status());
      case WORKFLOW -> workflows.put(mapped.id(), mapped.status());
      case TASK -> {
        tasks.put(mapped.id(), mapped.status());
        if (mapped.fields().get("workflow_id").isString()) {
          UUID workflow = UUID.fromString(mapped.fields().get("workflow_id").stringValue());
          if (members.put(mapped.id(), workflow) == null) {
            tasksOfWorkflows.merge(workflow, 1, Integer::sum);
          }
        }
      }
    }
  }

  /** Takes over what another knows of agents and workflows that are going to be. */
  void addAll(Here other) {
    agents.putAll(other.agents);
    workflows.putAll(other.workflows);
  }

  @Override
  public @Nullable String agent(UUID id) {
    return agents.get(id);
  }

  @Override
  public @Nullable String workflow(UUID id) {
    return workflows.get(id);
  }

  @Override
  public boolean hasRoom(UUID workflow, UUID task) {
    return workflow.equals(members.get(task))
        || tasksOfWorkflows.getOrDefault(workflow, 0) < MOST_TASKS;
  }

  @Override
  public @Nullable String task(UUID id) {
    return tasks.get(id);
  }

  private interface Row {
    void take(ResultSet row) throws SQLException;
  }

  private void load(String sql, Collection<UUID> ids, Row each) throws SQLException {
    if (ids.isEmpty()) {
      return;
    }
    try (PreparedStatement query = session.prepareStatement(sql)) {
      query.setArray(1, session.createArrayOf("uuid", ids.toArray()));
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          each.take(row);
        }
      }
    }
  }
}
