package io.agentorchestrator.log;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who has an advisory lock, or keeps a slot from being made: for people who wait for it. */
final class LockHolders {

  /**
   * A session of the database.
   *
   * @param pid its process on the server
   * @param application what it calls itself
   * @param client from where it comes, or null where that is not told
   * @param since since when it has been there, or its transaction has
   */
  record Session(int pid, String application, @Nullable String client, Instant since) {

    @Override
    public String toString() {
      return "%s (process %d%s, since %s)"
          .formatted(application, pid, client == null ? "" : " from " + client, since);
    }
  }

  private static final String OF_ADVISORY_LOCK =
      """
      SELECT pid, application_name, host(client_addr), backend_start
      FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE locktype = 'advisory' AND granted AND objsubid = 1
        AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (classid::bigint << 32 | objid::bigint) = %s
        AND pid <> pg_backend_pid()
      ORDER BY backend_start""";

  private static final String WRITERS =
      """
      SELECT pid, application_name, host(client_addr), xact_start FROM pg_stat_activity
      WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start""";

  private LockHolders() {}

  /** Those who may publish, or are about to find out whether they may. */
  static List<Session> ofLeadership(Connection connection, String slot) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(OF_ADVISORY_LOCK.formatted(RelayLeadership.KEY))) {
      query.setString(1, slot);
      return sessions(query);
    }
  }

  /** Those who are inside of {@link LogGate}, or keep it shut. */
  static List<Session> ofGate(Connection connection) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(OF_ADVISORY_LOCK.formatted(LogGate.LOCK))) {
      return sessions(query);
    }
  }

  /** Whether one of them keeps it shut. */
  static boolean pausesAll(Connection connection) throws SQLException {
    return Sql.isTrue(
        connection,
        """
        SELECT EXISTS (
          SELECT FROM pg_locks
          WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND mode = 'ExclusiveLock'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND (classid::bigint << 32 | objid::bigint) = %s)"""
            .formatted(LogGate.LOCK));
  }

  /** Those whose transactions write, in any database of the cluster. */
  static List<Session> writing(Connection connection) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(WRITERS)) {
      return sessions(query);
    }
  }

  private static List<Session> sessions(PreparedStatement query) throws SQLException {
    List<Session> sessions = new ArrayList<>();
    try (ResultSet row = query.executeQuery()) {
      while (row.next()) {
        sessions.add(
            new Session(
                row.getInt(1),
                row.getString(2),
                row.getString(3),
                row.getObject(4, OffsetDateTime.class).toInstant()));
      }
    }
    return sessions;
  }
}
