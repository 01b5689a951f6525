package io.agentorchestrator.log;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps everybody off the log for one transaction: for who takes its tables away. Workers that run
 * are found by their sessions, for one that has nothing to do holds no lock.
 */
public final class LogStandstill {

  private static final String SESSIONS =
      """
      SELECT format('%s (process %s%s)', application_name, pid, ' from ' || host(client_addr))
      FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND application_name LIKE 'agent-orchestrator%'
      UNION ALL
      SELECT format('a reader of slot %s (process %s)', slot_name, active_pid)
      FROM pg_replication_slots WHERE slot_name = ? AND active_pid IS NOT NULL
      ORDER BY 1""";

  private static final String TAKE =
      "SELECT pg_try_advisory_xact_lock(%s) AND pg_try_advisory_xact_lock(%s)"
          .formatted(LogGate.LOCK, RelayLeadership.KEY);

  private LogStandstill() {}

  /** Returns whose sessions of ours there are in this database, this one aside. */
  public static List<String> whoIsThere(Connection connection, String slot) throws SQLException {
    List<String> sessions = new ArrayList<>();
    try (PreparedStatement query = connection.prepareStatement(SESSIONS)) {
      query.setString(1, slot);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          sessions.add(row.getString(1));
        }
      }
    }
    return sessions;
  }

  /**
   * Takes the gate's lock alone, and the relay's, until the transaction ends; waits for nobody.
   *
   * @return false if somebody has one of them
   */
  public static boolean take(Connection connection, String slot) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(TAKE)) {
      query.setString(1, slot);
      try (ResultSet row = query.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }
}
