package io.agentorchestrator.migration;

import io.agentorchestrator.migration.MigrationReport.Outcome;
import io.agentorchestrator.redis.RedisAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.AbstractTransaction;
import redis.clients.jedis.Jedis;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The way back: writes all that is here into a Redis as the service before had it, of one moment.
 * What a record said that has no place here, or was written in another way, is put back where it
 * still means the same. The hashes are made under other names, and take their own in one step at
 * the end: whoever ends it before has changed nothing that anybody reads.
 */
public final class RedisExport {

  private static final int BATCH = 500;
  private static final String UNFINISHED = ":export-unfinished";

  /** What says how far the record is: put back only while nothing has happened here. */
  private static final Set<String> OF_THE_STATE =
      Set.of(
          "status",
          "assigned_agents",
          "started_at",
          "completed_at",
          "result",
          "error",
          "last_seen");

  private static final Map<OldKind, String> ENTITIES =
      Map.of(
          OldKind.AGENT,
          """
          SELECT agents.id, row_to_json(agents), imported.entity_version, last_seen, %s
          FROM agents JOIN agent_activity ON agent_id = agents.id
          LEFT JOIN imported_records AS imported
            ON imported.kind = 'agent' AND imported.id = agents.id
          WHERE status <> 'deregistered'"""
              .formatted(OldView.CURRENT_TASK),
          OldKind.WORKFLOW,
          """
          SELECT workflows.id, row_to_json(workflows), imported.entity_version, NULL, ARRAY(
            SELECT id::text FROM tasks WHERE workflow_id = workflows.id ORDER BY created_at, id)
          FROM workflows
          LEFT JOIN imported_records AS imported
            ON imported.kind = 'workflow' AND imported.id = workflows.id""",
          OldKind.TASK,
          """
          SELECT entity.id, row_to_json(entity), imported.entity_version, NULL, NULL
          FROM (
            SELECT *, CASE WHEN error_code IS NOT NULL
              THEN json_build_object('code', error_code, 'message', error_message) END AS error
            FROM tasks) AS entity
          LEFT JOIN imported_records AS imported
            ON imported.kind = 'task' AND imported.id = entity.id""");

  private final Connection session;
  private final Jedis target;
  private final RedisImport.Options options;
  private final MigrationReport report;

  private RedisExport(
      Connection session, Jedis target, RedisImport.Options options, MigrationReport report) {
    this.session = session;
    this.target = target;
    this.options = options;
    this.report = report;
  }

  /**
   * An entity on its way.
   *
   * @param isAsImported whether nothing has happened to it since it was taken over
   * @param old as it is going to be written
   */
  private record Row(UUID id, boolean isAsImported, ObjectNode entity, ObjectNode old) {}

  /**
   * Writes.
   *
   * @param source the old store, where there is one: it is not written to
   * @param session a connection of its own, which stays the caller's to close
   * @param overwrite whether the target's own agents, tasks and workflows may be replaced
   * @throws MigrationRefusedException if the target is the source, or is not empty
   */
  public static void run(
      RedisAddress address,
      @Nullable RedisAddress source,
      Connection session,
      boolean overwrite,
      RedisImport.Options options,
      MigrationReport report)
      throws SQLException {
    Schema.require(session);
    if (source != null && address.isSameAs(source)) {
      throw new MigrationRefusedException(
          "Expected another Redis than REDIS_URL, which is only ever read, but %s is the same."
              .formatted(address));
    }
    try (Jedis target = address.connect()) {
      for (OldKind kind : OldKind.values()) {
        target.del(kind.key() + UNFINISHED);
      }
      if (!overwrite && target.dbSize() > 0) {
        throw new MigrationRefusedException(
            "Expected %s to be empty, but it is not. With --overwrite its agents, tasks and workflows are replaced."
                .formatted(address));
      }
      new RedisExport(session, target, options, report).run();
    }
  }

  private void run() throws SQLException {
    session.setAutoCommit(false);
    session.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    session.setReadOnly(true);
    try {
      for (OldKind kind : OldKind.values()) {
        write(kind);
      }
    } finally {
      session.rollback();
      session.setReadOnly(false);
      session.setAutoCommit(true);
    }
    if (!options.interrupted().getAsBoolean()) {
      show();
    }
    report.flush();
  }

  /** Gives the hashes their names, all at once. */
  private void show() {
    try (AbstractTransaction swap = target.multi()) {
      for (OldKind kind : OldKind.values()) {
        if (report.count(kind, Outcome.EXPORTED) > 0) {
          swap.rename(kind.key() + UNFINISHED, kind.key());
        } else {
          swap.del(kind.key());
        }
      }
      swap.exec();
    }
  }

  private void write(OldKind kind) throws SQLException {
    long done = 0;
    try (PreparedStatement query =
        session.prepareStatement(Objects.requireNonNull(ENTITIES.get(kind)))) {
      query.setFetchSize(BATCH);
      try (ResultSet row = query.executeQuery()) {
        List<Row> batch = new ArrayList<>();
        boolean more = row.next();
        while (more && !options.interrupted().getAsBoolean()) {
          batch.add(row(kind, row));
          more = row.next();
          if (batch.size() == BATCH || !more) {
            write(kind, batch);
            done += batch.size();
            options.progress().at(kind, done, done);
            batch.clear();
          }
        }
      }
    }
  }

  private static Row row(OldKind kind, ResultSet row) throws SQLException {
    UUID id = row.getObject(1, UUID.class);
    ObjectNode entity = (ObjectNode) OldJson.MAPPER.readTree(row.getString(2));
    long imported = row.getLong(3);
    ObjectNode old =
        switch (kind) {
          case AGENT ->
              OldView.agent(
                  entity, row.getObject(4, OffsetDateTime.class).toInstant(), row.getString(5));
          case WORKFLOW -> OldView.workflow(entity, List.of((String[]) row.getArray(5).getArray()));
          case TASK -> OldView.task(entity);
        };
    return new Row(id, imported == entity.get("entity_version").longValue(), entity, old);
  }

  private void write(OldKind kind, List<Row> batch) throws SQLException {
    Here here = new Here(session);
    if (kind == OldKind.TASK) {
      Map<UUID, OldJson> odd = new HashMap<>();
      for (Row each : batch) {
        if (!imported(each).isEmpty()) {
          ObjectNode asItWas = each.old().deepCopy();
          asItWas.setAll(imported(each));
          odd.put(each.id(), OldJson.of(asItWas));
        }
      }
      here.loadNamedBy(odd.keySet(), odd.values());
      here.loadNamedBy(
          odd.keySet(),
          batch.stream()
              .filter(each -> odd.containsKey(each.id()))
              .map(each -> OldJson.of(each.old()))
              .toList());
    }
    // Written as they come, and never looked up.
    @SuppressWarnings("UndefinedEquals")
    Map<byte[], byte[]> values = new LinkedHashMap<>();
    for (Row each : batch) {
      putBack(kind, each, here);
      values.put(
          each.id().toString().getBytes(StandardCharsets.UTF_8),
          OldJson.text(each.old()).getBytes(StandardCharsets.UTF_8));
      report.add(kind, Outcome.EXPORTED);
    }
    target.hset((kind.key() + UNFINISHED).getBytes(StandardCharsets.UTF_8), values);
  }

  /** What the record said that did not come out of the entity as it was. */
  private static ObjectNode imported(Row row) {
    return row.entity().path("metadata").path(OldFields.IMPORTED) instanceof ObjectNode imported
        ? imported
        : JsonNodeFactory.instance.objectNode();
  }

  private void putBack(OldKind kind, Row row, Known here) {
    for (Map.Entry<String, JsonNode> field : imported(row).properties()) {
      String name = field.getKey();
      if (kind == OldKind.WORKFLOW && name.equals("tasks")) {
        putOrderBack(row, field.getValue());
        continue;
      }
      if (OF_THE_STATE.contains(name) && !row.isAsImported()) {
        continue;
      }
      if (kind == OldKind.AGENT && name.equals("last_seen") && wasHeardOf(row)) {
        continue;
      }
      ObjectNode candidate = row.old().deepCopy();
      candidate.set(name, field.getValue());
      if (meansTheSame(kind, row, candidate, here)) {
        row.old().set(name, field.getValue());
      }
    }
  }

  private static void putOrderBack(Row row, JsonNode tasks) {
    Set<JsonNode> shown = new HashSet<>(row.old().get("tasks").valueStream().toList());
    if (tasks instanceof ArrayNode && shown.equals(new HashSet<>(tasks.valueStream().toList()))) {
      row.old().set("tasks", tasks);
    }
  }

  private static boolean wasHeardOf(Row row) {
    JsonNode shown = row.old().get("last_seen");
    Instant createdAt =
        OffsetDateTime.parse(row.entity().get("created_at").stringValue()).toInstant();
    return !shown.isString() || !shown.stringValue().equals(OldTime.format(createdAt));
  }

  private boolean meansTheSame(OldKind kind, Row row, ObjectNode candidate, Known here) {
    try {
      Mapped plain = map(kind, row.id(), row.old(), here);
      Mapped asItWas = map(kind, row.id(), candidate, here);
      Set<String> invented = new HashSet<>(plain.invented());
      invented.addAll(asItWas.invented());
      invented.add("metadata");
      return RecordEvents.stated(kind).stream()
          .filter(field -> !invented.contains(field))
          .allMatch(field -> plain.fields().get(field).equals(asItWas.fields().get(field)));
    } catch (UnimportableException e) {
      return false;
    }
  }

  private Mapped map(OldKind kind, UUID id, ObjectNode record, Known here)
      throws UnimportableException {
    OldJson json = OldJson.of(record.deepCopy());
    return switch (kind) {
      case AGENT -> AgentMapping.map(id, json, options.leaseSeconds(), Instant.EPOCH);
      case WORKFLOW -> WorkflowMapping.map(id, json, Instant.EPOCH);
      case TASK -> TaskMapping.map(id, json, here, Instant.EPOCH);
    };
  }
}
