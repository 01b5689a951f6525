package io.agentorchestrator.migration;

import io.agentorchestrator.messages.ContentDigest;
import io.agentorchestrator.migration.MigrationReport.Outcome;
import io.agentorchestrator.redis.RedisAddress;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Compares every record of the old store with what is here, field by field, and what was taken over
 * with what is still there. Changes nothing. What has moved on here since is told apart from what
 * differs though nobody touched it.
 */
public final class ImportVerification {

  private static final int BATCH = 500;

  private static final String TAKEN_OVER =
      """
      SELECT id FROM imported_records WHERE kind = ? AND id > ? ORDER BY id LIMIT ?""";

  private final OldStore store;
  private final Connection session;
  private final RedisImport.Options options;
  private final MigrationReport report;
  private final Instant started;

  private ImportVerification(
      OldStore store, Connection session, RedisImport.Options options, MigrationReport report)
      throws SQLException {
    this.started = Schema.now(session);
    this.store = store;
    this.session = session;
    this.options = options;
    this.report = report;
  }

  /**
   * Compares.
   *
   * @param options as the import had them
   */
  public static void run(
      RedisAddress address, Connection session, RedisImport.Options options, MigrationReport report)
      throws SQLException {
    Schema.require(session);
    try (OldStore store = OldStore.open(address)) {
      ImportVerification verification = new ImportVerification(store, session, options, report);
      for (OldKind kind : OldKind.values()) {
        verification.compareStore(kind);
        verification.lookForTheGone(kind);
      }
    }
    report.flush();
  }

  private void compareStore(OldKind kind) throws SQLException {
    long done = 0;
    OldStore.Scan scan = store.scan(kind);
    Map<String, byte[]> batch = new LinkedHashMap<>();
    while (!scan.isFinished() && !options.interrupted().getAsBoolean()) {
      scan.next().forEach(entry -> batch.put(entry.id(), entry.value()));
      if (batch.size() >= BATCH || scan.isFinished()) {
        compare(kind, batch);
        done += batch.size();
        options.progress().at(kind, done, Math.max(done, store.size(kind)));
        batch.clear();
      }
    }
  }

  private void compare(OldKind kind, Map<String, byte[]> entries) throws SQLException {
    Map<UUID, OldJson> records = new LinkedHashMap<>();
    for (Map.Entry<String, byte[]> each : entries.entrySet()) {
      try {
        UUID id =
            OldFields.uuid(each.getKey())
                .orElseThrow(
                    () ->
                        new UnimportableException(
                            Reason.BAD_ID, "id", "Expected a UUID in lower case, but it is none."));
        records.put(id, OldJson.parse(each.getValue()));
      } catch (UnimportableException e) {
        add(kind, each.getKey(), Outcome.REFUSED, e.note());
      }
    }
    Here here = new Here(session);
    Map<UUID, ObjectNode> entities = here.entities(kind, records.keySet());
    Map<UUID, Here.Imported> imported = here.imported(kind, records.keySet());
    if (kind == OldKind.TASK) {
      here.loadNamedBy(records.keySet(), records.values());
    }
    for (Map.Entry<UUID, OldJson> each : records.entrySet()) {
      UUID id = each.getKey();
      byte[] value = entries.get(id.toString());
      ObjectNode entity = entities.get(id);
      Here.Imported known = imported.get(id);
      if (entity != null && known == null) {
        add(
            kind,
            id.toString(),
            Outcome.CONFLICT,
            new Note(
                Reason.EXISTS_HERE, "", "There is one of this id that did not come from there."));
      } else if (known != null && entity != null) {
        compare(kind, id, each.getValue(), value, known, entity, here);
      } else {
        tellMissing(kind, id, each.getValue(), here);
      }
    }
  }

  private void tellMissing(OldKind kind, UUID id, OldJson record, Known here) {
    try {
      map(kind, id, record, here);
      add(
          kind,
          id.toString(),
          Outcome.DIFFERENT,
          new Note(Reason.NOT_HERE, "", "It has not been taken over."));
    } catch (UnimportableException e) {
      add(kind, id.toString(), Outcome.REFUSED, e.note());
    }
  }

  private void compare(
      OldKind kind,
      UUID id,
      OldJson record,
      byte @Nullable [] value,
      Here.Imported known,
      ObjectNode entity,
      Known here) {
    String name = id.toString();
    if (value == null || !Arrays.equals(known.digest(), ContentDigest.of(value).bytes())) {
      add(
          kind,
          name,
          Outcome.DIFFERENT,
          new Note(Reason.CHANGED_THERE, "", "It changed there since it was taken over."));
      return;
    }
    if (entity.get("entity_version").longValue() != known.version()) {
      add(
          kind,
          name,
          Outcome.NOTED,
          new Note(Reason.CHANGED_HERE, "", "It changed here since it was taken over."));
      return;
    }
    try {
      List<String> differing =
          RecordEvents.differing(map(kind, id, record, here), entity, RecordEvents.stated(kind));
      if (differing.isEmpty()) {
        report.add(kind, Outcome.UNCHANGED);
      } else {
        add(
            kind,
            name,
            Outcome.DIFFERENT,
            new Note(
                Reason.DIFFERS,
                String.join(", ", differing),
                "It is another here, though nothing changed it."));
      }
    } catch (UnimportableException e) {
      add(kind, name, Outcome.DIFFERENT, e.note());
    }
  }

  private Mapped map(OldKind kind, UUID id, OldJson record, Known here)
      throws UnimportableException {
    Instant now = started;
    return switch (kind) {
      case AGENT -> AgentMapping.map(id, record, options.leaseSeconds(), now);
      case WORKFLOW -> WorkflowMapping.map(id, record, now);
      case TASK -> TaskMapping.map(id, record, here, now);
    };
  }

  /** Goes through what was taken over, and asks for each whether it is still there. */
  private void lookForTheGone(OldKind kind) throws SQLException {
    UUID last = new UUID(0, 0);
    while (!options.interrupted().getAsBoolean()) {
      List<String> ids = takenOver(kind, last);
      if (ids.isEmpty()) {
        return;
      }
      Set<String> there = store.get(kind, ids).keySet();
      for (String id : ids) {
        if (!there.contains(id)) {
          add(
              kind,
              id,
              Outcome.DIFFERENT,
              new Note(Reason.GONE_THERE, "", "It was taken over, and is gone there."));
        }
      }
      last = UUID.fromString(ids.getLast());
    }
  }

  private List<String> takenOver(OldKind kind, UUID after) throws SQLException {
    try (PreparedStatement query = session.prepareStatement(TAKEN_OVER)) {
      query.setString(1, kind.value());
      query.setObject(2, after);
      query.setInt(3, 100);
      List<String> ids = new ArrayList<>();
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          ids.add(row.getString(1));
        }
      }
      return ids;
    }
  }

  private void add(OldKind kind, String id, Outcome outcome, Note note) {
    report.add(kind, outcome);
    report.tell(kind, id, outcome, note);
  }
}
