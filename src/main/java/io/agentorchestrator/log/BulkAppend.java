package io.agentorchestrator.log;

import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.messages.LogEvent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.hibernate.id.uuid.UuidVersion7Strategy;
import org.jspecify.annotations.Nullable;

/**
 * The way into the log for whoever brings many entities in from elsewhere: the events are appended,
 * and every table is brought to what they tell by the same {@link StateRestore}s that bring a
 * database forward after a restore. So an entity cannot differ from its events, and what is kept
 * besides it (places in the queue, slots, progress, counts) is made where it always is.
 *
 * <p>A transaction has the log's gate for itself, as {@code relay repair} has: no worker writes
 * meanwhile, so no row has to be locked, and each goes on between two transactions. Whoever takes
 * longer than the workers' {@code lock_timeout} in one of them makes them fail and try again. Not
 * thread-safe.
 */
public final class BulkAppend implements AutoCloseable {

  private static final String ENTER =
      "SELECT orchestrator_clock(), %s FROM pg_advisory_xact_lock(%s)"
          .formatted(LogGate.IS_CONFIRMED, LogGate.LOCK);

  private static final String POSITIONS =
      "SELECT nextval('orchestration_log_position') FROM generate_series(1, ?)";

  private static final String ENTRIES =
      "CREATE TEMP TABLE restored_entries (LIKE orchestration_log) ON COMMIT DROP";

  private static final String APPEND =
      "INSERT INTO orchestration_log SELECT * FROM restored_entries ORDER BY position";

  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private final Connection session;
  private final String source;
  private final String operation;
  private final UUID id;
  private final List<StateRestore> restores;

  /**
   * What is to be told of an entity.
   *
   * @param entityVersion one more than the entity has
   * @param message a sentence for people
   * @param agentId the agent of the task concerned, or null
   * @param changes the fields that change, {@code updated_at} among them; all for the first version
   * @param details what belongs to the event besides
   */
  public record Event(
      EventType type,
      EntityType entityType,
      UUID entityId,
      long entityVersion,
      EventStatus status,
      String message,
      @Nullable UUID agentId,
      JsonObject changes,
      JsonObject details) {}

  /**
   * Begins to use a session, which is this one's alone until it is closed.
   *
   * @param operation what is done, the {@code operation} of all its events, and their source under
   *     the orchestrator's own
   * @param id the command's id in all its events
   * @param restores what is to be brought to what the events tell
   */
  public BulkAppend(
      Connection session, String operation, UUID id, List<? extends StateRestore> restores)
      throws SQLException {
    this.session = session;
    this.source = LogEvent.SOURCE + "/" + operation;
    this.operation = operation;
    this.id = id;
    this.restores =
        restores.stream()
            .<StateRestore>map(each -> each)
            .sorted(Comparator.comparingInt(StateRestore::order))
            .toList();
    // Many small statements on new tables, whose estimates would have each of them compiled.
    execute("SET jit = off");
    session.setAutoCommit(false);
  }

  /**
   * Begins a transaction, once no worker has one.
   *
   * @return the time at which all of it happens
   * @throws LogGateClosedException if nothing may be written now; nothing is open then
   */
  public Instant begin() throws SQLException {
    try (Statement statement = session.createStatement();
        ResultSet row = statement.executeQuery(ENTER)) {
      row.next();
      if (!row.getBoolean(2)) {
        throw new LogGateClosedException(
            "Expected that a relay has seen this database since its server was started, but none has. Start a worker first; see `relay status`.",
            null);
      }
      return row.getObject(1, OffsetDateTime.class).toInstant();
    } catch (LogGateClosedException e) {
      session.rollback();
      throw e;
    } catch (SQLException e) {
      session.rollback();
      if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
        throw new LogGateClosedException(
            "The log's gate did not come free: a repair, a migration or a long transaction holds it.",
            e);
      }
      throw e;
    }
  }

  /**
   * Appends events, and brings the tables to what they tell; once in a transaction.
   *
   * @param now when it happens, as {@link #begin} told
   * @param events at most one of an entity
   */
  public void append(Instant now, List<Event> events) throws SQLException {
    execute(ENTRIES);
    try (PreparedStatement insert =
        session.prepareStatement(RollForward.insertInto("restored_entries"))) {
      List<Long> positions = positions(events.size());
      for (int i = 0; i < events.size(); i++) {
        RollForward.bind(insert, entry(events.get(i), positions.get(i), now));
        insert.addBatch();
      }
      insert.executeBatch();
    }
    execute(APPEND);
    RollForward.gatherEntities(session);
    for (StateRestore each : restores) {
      each.restore(session);
    }
  }

  private List<Long> positions(int count) throws SQLException {
    try (PreparedStatement draw = session.prepareStatement(POSITIONS)) {
      draw.setInt(1, count);
      try (ResultSet row = draw.executeQuery()) {
        List<Long> positions = new ArrayList<>(count);
        while (row.next()) {
          positions.add(row.getLong(1));
        }
        return positions;
      }
    }
  }

  private LogEvent entry(Event event, long position, Instant now) {
    return new LogEvent(
        UuidVersion7Strategy.INSTANCE.generateUuid(null),
        event.type().value(),
        event.entityId(),
        now,
        null,
        event.agentId(),
        new LogEvent.Data(
            position,
            operation,
            event.entityType().value(),
            event.entityId(),
            event.entityVersion(),
            event.status().value(),
            event.message(),
            new LogEvent.CommandRef(source, id.toString(), null),
            source,
            event.changes(),
            event.details()));
  }

  /** Ends the transaction: all of it has happened. */
  public void commit() throws SQLException {
    session.commit();
  }

  /** Ends the transaction, if there is one: none of it has happened. */
  public void rollback() throws SQLException {
    session.rollback();
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = session.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() throws SQLException {
    session.rollback();
    session.setAutoCommit(true);
  }
}
