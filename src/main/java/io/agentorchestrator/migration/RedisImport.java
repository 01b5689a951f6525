package io.agentorchestrator.migration;

import io.agentorchestrator.log.BulkAppend;
import io.agentorchestrator.log.LogGateClosedException;
import io.agentorchestrator.log.StateRestore;
import io.agentorchestrator.migration.MigrationReport.Outcome;
import io.agentorchestrator.redis.RedisAddress;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/**
 * Takes over what the old store holds: agents, then workflows, then tasks, batch by batch, each
 * batch one transaction with the log's gate for itself. It remembers of each record the digest of
 * what it took over. So it may be killed at any time and run again, and a second run takes over
 * what has changed since. Nothing of the store is changed, and no more than a batch is in memory.
 */
public final class RedisImport implements AutoCloseable {

  private static final int BATCH = 1_000;

  /** Records are at times large, and take some times their size while they are looked at. */
  private static final int BATCH_BYTES = 4 << 20;

  private static final int GATE_TRIES = 5;

  private static final String TOUCH =
      """
      UPDATE imported_records SET digest = ?, run = ?, imported_at = ?
      WHERE kind = ? AND id = ?""";

  private static final String SEEN =
      "UPDATE agent_activity SET last_seen = greatest(last_seen, ?) WHERE agent_id = ?";

  private final OldStore store;
  private final Connection session;
  private final BulkAppend log;
  private final Options options;
  private final MigrationReport report;
  private final RecordEvents events;

  /** What a dry run would have made of agents and workflows. */
  private final Here wouldBe;

  private boolean deferred;

  /**
   * How to do it.
   *
   * @param dryRun whether only to tell what would be done
   * @param leaseSeconds the lease that agents get; 0: one that never runs out
   * @param run an id that no other run has
   * @param progress hears how far it is
   * @param interrupted whether to end at the next occasion
   */
  public record Options(
      boolean dryRun, int leaseSeconds, UUID run, Progress progress, BooleanSupplier interrupted) {}

  /**
   * One way through the store.
   *
   * @param began when it began, by the database's clock: all that was there then has been seen
   * @param written how many entities are here or changed by it
   */
  public record Round(Instant began, long written) {}

  /** Hears how far it is. */
  public interface Progress {

    /**
     * Told now and then.
     *
     * @param done how many records of a kind were looked at, of how many
     */
    void at(OldKind kind, long done, long of);
  }

  private RedisImport(
      OldStore store, Connection session, BulkAppend log, Options options, MigrationReport report) {
    this.store = store;
    this.session = session;
    this.log = log;
    this.options = options;
    this.report = report;
    this.events = new RecordEvents(store.address().toString(), options.run());
    this.wouldBe = new Here(session);
  }

  /**
   * Connects to the store.
   *
   * @param session a connection of its own, which stays the caller's to close
   * @param restores what is to be brought to what the events tell
   * @throws MigrationRefusedException if there is no such store, or the schema is older than this
   * @throws redis.clients.jedis.exceptions.JedisException if Redis fails; run it again
   */
  public static RedisImport open(
      RedisAddress address,
      Connection session,
      List<StateRestore> restores,
      Options options,
      MigrationReport report)
      throws SQLException {
    Schema.require(session);
    OldStore store = OldStore.open(address);
    List<StateRestore> all = new ArrayList<>(restores);
    all.add(new ImportedRecordsRestore());
    try {
      return new RedisImport(
          store, session, new BulkAppend(session, "import", options.run(), all), options, report);
    } catch (SQLException e) {
      store.close();
      throw e;
    }
  }

  /**
   * Goes through the whole store once. What cannot be taken over is told, and does not stop it.
   *
   * @return when it began, and what it did
   * @throws LogGateClosedException if nothing may be written now
   */
  public Round round() throws SQLException {
    Instant began = Schema.now(session);
    session.rollback();
    long before = written();
    for (OldKind kind : OldKind.values()) {
      do {
        deferred = false;
        pass(kind);
      } while (deferred && !options.dryRun() && !options.interrupted().getAsBoolean());
    }
    report.flush();
    return new Round(began, written() - before);
  }

  private long written() {
    long sum = 0;
    for (OldKind kind : OldKind.values()) {
      sum += report.count(kind, Outcome.IMPORTED) + report.count(kind, Outcome.UPDATED);
    }
    return sum;
  }

  private void pass(OldKind kind) throws SQLException {
    long of = store.size(kind);
    long done = 0;
    OldStore.Scan scan = store.scan(kind);
    Map<String, byte[]> batch = new LinkedHashMap<>();
    long bytes = 0;
    while (!scan.isFinished() && !options.interrupted().getAsBoolean()) {
      for (OldStore.Entry entry : scan.next()) {
        batch.put(entry.id(), entry.value());
        bytes += entry.value().length;
      }
      if (batch.size() >= BATCH || bytes >= BATCH_BYTES || scan.isFinished()) {
        take(kind, batch);
        done += batch.size();
        options.progress().at(kind, done, Math.max(of, done));
        batch.clear();
        bytes = 0;
      }
    }
  }

  private void take(OldKind kind, Map<String, byte[]> entries) throws SQLException {
    Batch batch = new Batch(kind, store, session, options, report);
    batch.parse(entries);
    if (batch.isEmpty()) {
      session.rollback();
      return;
    }
    boolean complete = batch.fetchDependencies();
    session.rollback();
    if (!complete) {
      takeHalves(kind, entries, batch.scanned());
      return;
    }
    int attempt = 1;
    while (!takeOnce(batch, attempt)) {
      attempt++;
    }
    deferred |= batch.hasDeferred();
  }

  /** What the first half depends on is here when the second half comes. */
  private void takeHalves(OldKind kind, Map<String, byte[]> entries, List<String> ids)
      throws SQLException {
    int middle = ids.size() / 2;
    for (List<String> half : List.of(ids.subList(0, middle), ids.subList(middle, ids.size()))) {
      Map<String, byte[]> some = new LinkedHashMap<>();
      half.forEach(id -> some.put(id, Objects.requireNonNull(entries.get(id))));
      take(kind, some);
    }
  }

  private boolean takeOnce(Batch batch, int attempt) throws SQLException {
    Instant now;
    try {
      now = options.dryRun() ? Schema.now(session) : log.begin();
    } catch (LogGateClosedException e) {
      if (e.getCause() == null || attempt == GATE_TRIES) {
        throw e;
      }
      return false;
    }
    try {
      Here here = new Here(session);
      if (options.dryRun()) {
        here.addAll(wouldBe);
      }
      Batch.Result result = batch.map(here, events, now);
      if (options.dryRun()) {
        if (batch.kind() != OldKind.TASK) {
          result.created().forEach(wouldBe::add);
        }
        log.rollback();
      } else {
        if (!result.events().isEmpty()) {
          log.append(now, result.events());
        }
        touch(batch.kind(), result.touched(), now);
        log.commit();
      }
      batch.tell(result);
      return true;
    } catch (SQLException | RuntimeException e) {
      log.rollback();
      throw e;
    }
  }

  /** Notes records whose entity did not change by what changed of them. */
  private void touch(OldKind kind, List<Batch.Touched> touched, Instant now) throws SQLException {
    if (touched.isEmpty()) {
      return;
    }
    try (PreparedStatement note = session.prepareStatement(TOUCH);
        PreparedStatement see = session.prepareStatement(SEEN)) {
      for (Batch.Touched each : touched) {
        note.setBytes(1, each.digest());
        note.setObject(2, options.run());
        note.setObject(3, now.atOffset(ZoneOffset.UTC));
        note.setString(4, kind.value());
        note.setObject(5, each.id());
        note.addBatch();
        if (each.lastSeen() != null) {
          see.setObject(1, each.lastSeen().atOffset(ZoneOffset.UTC));
          see.setObject(2, each.id());
          see.addBatch();
        }
      }
      note.executeBatch();
      see.executeBatch();
    }
  }

  @Override
  public void close() throws SQLException {
    try {
      log.close();
    } finally {
      store.close();
    }
  }
}
