package io.agentorchestrator.log;

import io.agentorchestrator.topics.TopicProperties;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;

/**
 * How the relay stands, whichever worker runs it.
 *
 * @param slot the replication slot, or null without one
 * @param checkpoint how far is published, or null without one
 * @param lagSeconds the age of the oldest entry that is not published; 0 when all are
 * @param leader who leads, or null
 * @param confirmed whether workers may write, as far as the relay has seen
 * @param paused whether somebody pauses all workers now
 * @param refused why a relay would not start, or null
 */
public record RelayOverview(
    @Nullable Slot slot,
    @Nullable Checkpoint checkpoint,
    double lagSeconds,
    @Nullable Leader leader,
    boolean confirmed,
    boolean paused,
    @Nullable String refused) {

  /**
   * The replication slot.
   *
   * @param name its name
   * @param active whether somebody streams from it
   * @param walStatus {@code reserved}, {@code extended}, {@code unreserved} or {@code lost}
   * @param confirmed up to where the WAL was acknowledged, as PostgreSQL writes it
   * @param lagBytes WAL that is not acknowledged
   * @param retainedBytes WAL that is kept for it
   */
  public record Slot(
      String name,
      boolean active,
      @Nullable String walStatus,
      @Nullable String confirmed,
      long lagBytes,
      long retainedBytes) {}

  /**
   * How far is published.
   *
   * @param commit where the last transaction that is wholly published ends in the WAL
   * @param rows how many entries of the next one are published
   * @param publishedUntil the latest time of an entry published
   * @param lastPosition the position of the entry published last, if that is known
   * @param repairBegunAt since when a repair is under way, or null
   */
  public record Checkpoint(
      String commit,
      int rows,
      @Nullable Instant publishedUntil,
      @Nullable Long lastPosition,
      @Nullable Instant repairBegunAt) {}

  /**
   * A session of the database that may publish.
   *
   * @param process its process on the database's server
   * @param application what it calls itself: a relay, or a repair
   * @param client from where it comes, or null where that is not told
   * @param since since when it is connected
   */
  public record Leader(int process, String application, @Nullable String client, Instant since) {}

  private static final String SLOT =
      """
      SELECT slot_name, active, wal_status, confirmed_flush_lsn::text,
        greatest(0, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0))::bigint,
        greatest(0, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0))::bigint
      FROM pg_replication_slots WHERE slot_name = ?""";

  /** Looks, and changes nothing. */
  public static RelayOverview read(
      RelayProperties properties,
      JdbcConnectionDetails database,
      TopicProperties topics,
      Map<String, Object> kafka)
      throws SQLException {
    String name = properties.slot();
    RelayStart start = RelayStart.read(topics, name, kafka);
    try (Connection connection = RelayDatabase.of(database).connect(RelayDatabase.STATUS)) {
      if (!Sql.isTrue(connection, "SELECT to_regclass('relay_confirmation') IS NOT NULL")) {
        throw new RepairImpossibleException(
            "Expected the schema of this version, but the database has an older one or none: start a worker first.");
      }
      Slot slot = slot(connection, name);
      boolean streams = slot != null && slot.active();
      return new RelayOverview(
          slot,
          start.checkpoint().map(RelayOverview::checkpoint).orElse(null),
          lagSeconds(connection, name),
          LockHolders.ofLeadership(connection, name).stream()
              .findFirst()
              .map(
                  session ->
                      new Leader(
                          session.pid(), session.application(), session.client(), session.since()))
              .orElse(null),
          Sql.isTrue(connection, "SELECT " + LogGate.IS_CONFIRMED),
          LockHolders.pausesAll(connection),
          streams ? null : whyRefused(start, connection).orElse(null));
    }
  }

  /** Of one that streams the checkpoint has moved on since it was read. */
  private static Optional<String> whyRefused(RelayStart start, Connection connection)
      throws SQLException {
    try {
      start.requireHistory(connection);
      start.from(connection);
      return Optional.empty();
    } catch (RelayRefusedException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private static @Nullable Slot slot(Connection connection, String name) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(SLOT)) {
      query.setString(1, name);
      try (ResultSet row = query.executeQuery()) {
        return row.next()
            ? new Slot(
                row.getString(1),
                row.getBoolean(2),
                row.getString(3),
                row.getString(4),
                row.getLong(5),
                row.getLong(6))
            : null;
      }
    }
  }

  private static Checkpoint checkpoint(RelayCheckpoint found) {
    RelayCheckpoint.Entry last = found.last();
    RelayCheckpoint.Repair repair = found.repair();
    return new Checkpoint(
        RelayCheckpoint.lsn(found.commitLsn()),
        found.rows(),
        found.publishedUntil(),
        last == null ? null : last.position(),
        repair == null ? null : repair.begunAt());
  }

  private static double lagSeconds(Connection connection, String slot) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(ReplicationSlots.LAG_SECONDS)) {
      query.setNull(1, Types.OTHER);
      query.setString(2, slot);
      try (ResultSet row = query.executeQuery()) {
        row.next();
        return row.getDouble(1);
      }
    }
  }
}
