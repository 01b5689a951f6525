package io.agentorchestrator.migration;

import io.agentorchestrator.log.BulkAppend.Event;
import io.agentorchestrator.messages.ContentDigest;
import io.agentorchestrator.migration.MigrationReport.Outcome;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Some records of one kind on their way here, with the tasks that those among them depend on, for a
 * task comes into being only behind these. Records are read before the log's gate is entered, and
 * judged inside. Not thread-safe.
 */
final class Batch {

  /** Where more would have to be read, fewer tasks are taken at a time. */
  private static final int MOST_FETCHED = 2_000;

  private static final int MOST_FETCHED_FOR_ONE = 3_000;

  private final OldKind kind;
  private final OldStore store;
  private final Connection session;
  private final RedisImport.Options options;
  private final MigrationReport report;
  private final Map<UUID, Candidate> candidates = new LinkedHashMap<>();
  private boolean dependsOnTooMany;
  private boolean hasDeferred;

  /**
   * A record that may have to be taken over.
   *
   * @param scanned whether it came by itself; if not, it comes again, and is told of then
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Candidate(OldJson json, byte[] digest, boolean scanned) {}

  /** A record of which only the digest, or when an agent was seen, has to be noted. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Touched(UUID id, byte[] digest, @Nullable Instant lastSeen) {}

  /** Something to be told of a record once the rest is committed. */
  record Told(UUID id, Outcome outcome, List<Note> notes) {}

  /**
   * What is to be done.
   *
   * @param created the entities that come into being
   */
  record Result(List<Event> events, List<Touched> touched, List<Mapped> created, List<Told> told) {}

  Batch(
      OldKind kind,
      OldStore store,
      Connection session,
      RedisImport.Options options,
      MigrationReport report) {
    this.kind = kind;
    this.store = store;
    this.session = session;
    this.options = options;
    this.report = report;
  }

  OldKind kind() {
    return kind;
  }

  boolean isEmpty() {
    return candidates.isEmpty();
  }

  /** The ids of the records that may have to be taken over. */
  List<String> scanned() {
    return candidates.entrySet().stream()
        .filter(each -> each.getValue().scanned())
        .map(each -> each.getKey().toString())
        .toList();
  }

  /** Whether tasks have another step to go, in another pass. */
  boolean hasDeferred() {
    return hasDeferred;
  }

  /** Reads records, less those that are here as they are. */
  void parse(Map<String, byte[]> entries) throws SQLException {
    Map<UUID, byte[]> values = new LinkedHashMap<>();
    entries.forEach(
        (field, value) ->
            OldFields.uuid(field)
                .ifPresentOrElse(
                    id -> values.put(id, value),
                    () ->
                        report.addOnce(
                            kind,
                            field,
                            Outcome.REFUSED,
                            new Note(
                                Reason.BAD_ID,
                                "id",
                                "Expected a UUID in lower case, but it is none."),
                            number(digest(value)))));
    Map<UUID, Here.Imported> imported = new Here(session).imported(kind, values.keySet());
    values.forEach(
        (id, value) -> {
          byte[] digest = digest(value);
          Here.Imported known = imported.get(id);
          if (known == null || !Arrays.equals(known.digest(), digest)) {
            parse(id, value, digest);
          } else if (!known.run().equals(options.run())) {
            report.add(kind, Outcome.UNCHANGED);
          }
        });
  }

  private void parse(UUID id, byte[] value, byte[] digest) {
    try {
      candidates.put(id, new Candidate(OldJson.parse(value), digest, true));
    } catch (UnimportableException e) {
      report.addOnce(kind, id.toString(), Outcome.REFUSED, e.note(), number(digest));
    }
  }

  /**
   * Reads what the tasks depend on, and what that depends on, where it is not here yet.
   *
   * @return false if that is too much at once, and fewer tasks would need less
   */
  boolean fetchDependencies() throws SQLException {
    if (kind != OldKind.TASK) {
      return true;
    }
    int most = candidates.size() == 1 ? MOST_FETCHED_FOR_ONE : MOST_FETCHED;
    Set<UUID> asked = new HashSet<>(candidates.keySet());
    Set<UUID> wanted = dependencies(candidates.values(), asked);
    int fetched = 0;
    while (!wanted.isEmpty()) {
      Here here = new Here(session);
      here.loadTasks(wanted);
      wanted.removeIf(id -> here.task(id) != null);
      fetched += wanted.size();
      if (fetched > most) {
        dependsOnTooMany = most == MOST_FETCHED_FOR_ONE;
        return dependsOnTooMany;
      }
      List<Candidate> found = new ArrayList<>();
      for (List<String> some : slices(wanted)) {
        store.get(kind, some).forEach((field, value) -> fetch(field, value).ifPresent(found::add));
      }
      wanted = dependencies(found, asked);
    }
    return true;
  }

  private Optional<Candidate> fetch(String field, byte[] value) {
    try {
      Candidate candidate = new Candidate(OldJson.parse(value), digest(value), false);
      candidates.put(UUID.fromString(field), candidate);
      return Optional.of(candidate);
    } catch (UnimportableException e) {
      // It is told of when it comes by itself.
      return Optional.empty();
    }
  }

  /** As few at a time as when the whole store is read. */
  private static List<List<String>> slices(Set<UUID> ids) {
    List<String> all = ids.stream().map(UUID::toString).toList();
    List<List<String>> slices = new ArrayList<>();
    for (int i = 0; i < all.size(); i += OldStore.AT_A_TIME) {
      slices.add(all.subList(i, Math.min(all.size(), i + OldStore.AT_A_TIME)));
    }
    return slices;
  }

  private static Set<UUID> dependencies(Iterable<Candidate> tasks, Set<UUID> asked) {
    Set<UUID> wanted = new HashSet<>();
    for (Candidate each : tasks) {
      TaskMapping.dependencies(each.json()).stream()
          .limit(TaskMapping.MAX_DEPENDENCIES)
          .filter(asked::add)
          .forEach(wanted::add);
    }
    return wanted;
  }

  /** Decides what is to be done; inside of the gate, so that nothing changes meanwhile. */
  Result map(Here here, RecordEvents events, Instant now) throws SQLException {
    hasDeferred = false;
    if (kind == OldKind.TASK) {
      here.loadNamedBy(
          candidates.keySet(), candidates.values().stream().map(Candidate::json).toList());
    }
    return new Mapping(here, events, now).all();
  }

  /** Tells what came of it, once it is committed. */
  void tell(Result result) {
    for (Told told : result.told()) {
      String id = told.id().toString();
      if (told.outcome().isBad()) {
        byte[] digest = Objects.requireNonNull(candidates.get(told.id())).digest();
        told.notes()
            .forEach(note -> report.addOnce(kind, id, told.outcome(), note, number(digest)));
        continue;
      }
      report.add(kind, told.outcome());
      if (!told.notes().isEmpty()) {
        report.add(kind, Outcome.NOTED);
        told.notes().forEach(note -> report.tell(kind, id, Outcome.NOTED, note));
      }
    }
  }

  /** One look at the candidates. */
  private final class Mapping {

    private final Here here;
    private final RecordEvents recordEvents;
    private final Instant now;
    private final Map<UUID, ObjectNode> entities;
    private final Map<UUID, Here.Imported> imported;
    private final Set<UUID> begun = new HashSet<>();
    private final Set<UUID> ended = new HashSet<>();
    private final Result result =
        new Result(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    private final Set<UUID> gone = new HashSet<>();
    private final Map<UUID, UnimportableException> circles = new HashMap<>();

    Mapping(Here here, RecordEvents recordEvents, Instant now) throws SQLException {
      this.here = here;
      this.recordEvents = recordEvents;
      this.now = now;
      this.entities = here.entities(kind, candidates.keySet());
      this.imported = here.imported(kind, entities.keySet());
    }

    Result all() throws SQLException {
      candidates.keySet().forEach(this::take);
      if (!gone.isEmpty()) {
        releaseTasksOfTheGone();
      }
      return result;
    }

    /** Whoever has gone offline there holds nothing any longer, as it is where a lease runs out. */
    private void releaseTasksOfTheGone() throws SQLException {
      Map<UUID, ObjectNode> held = here.heldBy(gone);
      Map<UUID, Here.Imported> known = here.imported(OldKind.TASK, held.keySet());
      held.forEach(
          (id, task) -> {
            Here.Imported record = known.get(id);
            boolean isAsImported =
                record != null && record.version() == task.get("entity_version").longValue();
            String digest =
                record != null && isAsImported ? new ContentDigest(record.digest()).hex() : null;
            result
                .events()
                .add(recordEvents.release(task, digest, "Its agent is offline there.", now));
          });
    }

    /** Takes a record, those it depends on first. */
    private void take(UUID id) {
      if (!begun.add(id)) {
        return;
      }
      Candidate candidate = Objects.requireNonNull(candidates.get(id));
      if (kind == OldKind.TASK) {
        for (UUID each : TaskMapping.dependencies(candidate.json())) {
          if (candidates.containsKey(each)) {
            take(each);
            if (!ended.contains(each)) {
              circles.put(id, circle());
            }
          }
        }
      }
      decide(id, candidate);
      ended.add(id);
    }

    private void decide(UUID id, Candidate candidate) {
      ObjectNode entity = entities.get(id);
      Here.Imported known = imported.get(id);
      try {
        if (entity != null && known == null) {
          throw new UnimportableException(
              Reason.EXISTS_HERE, "", "There is one of this id here that did not come from there.");
        }
        Mapped mapped = map(id, candidate);
        if (entity == null || known == null) {
          create(mapped, candidate);
        } else if (entity.get("entity_version").longValue() != known.version()) {
          throw new UnimportableException(
              Reason.CHANGED_HERE, "", "It changed there and here since it was taken over.");
        } else {
          change(mapped, candidate, entity, known);
        }
      } catch (UnimportableException e) {
        if (candidate.scanned()) {
          Outcome outcome = entity == null ? Outcome.REFUSED : Outcome.CONFLICT;
          result.told().add(new Told(id, outcome, List.of(e.note())));
        }
      }
    }

    private Mapped map(UUID id, Candidate candidate) throws UnimportableException {
      if (dependsOnTooMany) {
        throw new UnimportableException(
            Reason.OUT_OF_BOUNDS,
            "dependencies",
            "It depends on over %d tasks that are not here yet; run it again."
                .formatted(MOST_FETCHED_FOR_ONE));
      }
      UnimportableException circle = circles.get(id);
      if (circle != null) {
        throw circle;
      }
      return switch (kind) {
        case AGENT -> AgentMapping.map(id, candidate.json(), options.leaseSeconds(), now);
        case WORKFLOW -> WorkflowMapping.map(id, candidate.json(), now);
        case TASK -> TaskMapping.map(id, candidate.json(), here, now);
      };
    }

    private void create(Mapped mapped, Candidate candidate) {
      result.events().add(recordEvents.first(mapped, hex(candidate)));
      result.created().add(mapped);
      here.add(mapped);
      if (candidate.scanned() || !options.dryRun()) {
        result.told().add(new Told(mapped.id(), Outcome.IMPORTED, mapped.notes()));
      }
    }

    private void change(
        Mapped mapped, Candidate candidate, ObjectNode entity, Here.Imported known) {
      if (RecordEvents.changesHands(mapped, entity)) {
        // One step at a time, as the agents' slots are counted; the next pass takes the other one.
        String asBefore = new ContentDigest(known.digest()).hex();
        result
            .events()
            .add(recordEvents.release(entity, asBefore, "Another agent has it there.", now));
        hasDeferred = true;
        return;
      }
      RecordEvents.Change change = recordEvents.change(mapped, entity, hex(candidate), now);
      if (change.event() != null) {
        result.events().add(change.event());
        if (kind == OldKind.AGENT && mapped.status().equals("offline")) {
          gone.add(mapped.id());
        }
        here.add(mapped);
        result.told().add(new Told(mapped.id(), Outcome.UPDATED, mapped.notes()));
      } else if (change.conflict() == null) {
        result.touched().add(new Touched(mapped.id(), candidate.digest(), mapped.lastSeen()));
        result.told().add(new Told(mapped.id(), Outcome.UNCHANGED, List.of()));
      }
      if (change.conflict() != null) {
        result.told().add(new Told(mapped.id(), Outcome.CONFLICT, List.of(change.conflict())));
      }
    }
  }

  private static UnimportableException circle() {
    return new UnimportableException(
        Reason.DEPENDENCY_CIRCLE, "dependencies", "The task depends on itself by way of others.");
  }

  private static byte[] digest(byte[] value) {
    return ContentDigest.of(value).bytes();
  }

  private static String hex(Candidate candidate) {
    return new ContentDigest(candidate.digest()).hex();
  }

  private static long number(byte[] digest) {
    return ByteBuffer.wrap(digest).getLong();
  }
}
