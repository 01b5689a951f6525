package io.agentorchestrator.log;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * Opens {@link LogGate} for all workers: the statement that the database, as the server has it
 * since it was started, holds all that was published. To be made by whoever has fenced all relays
 * before it, for one of them might publish on.
 */
final class RelayConfirmation {

  private static final String CONFIRM =
      """
      INSERT INTO relay_confirmation (slot, server_started_at, confirmed_at)
      VALUES (?, pg_postmaster_start_time(), clock_timestamp())
      ON CONFLICT (slot) DO UPDATE
      SET server_started_at = EXCLUDED.server_started_at, confirmed_at = EXCLUDED.confirmed_at
      WHERE relay_confirmation.server_started_at <> EXCLUDED.server_started_at""";

  private RelayConfirmation() {}

  static void make(Connection connection, String slot) throws SQLException {
    try (PreparedStatement confirm = connection.prepareStatement(CONFIRM)) {
      confirm.setString(1, slot);
      confirm.executeUpdate();
    }
  }

  /** Takes all back: a dump may have been restored while the server ran on. */
  static void takeBack(Connection connection) throws SQLException {
    try (PreparedStatement delete = connection.prepareStatement("DELETE FROM relay_confirmation")) {
      delete.executeUpdate();
    }
  }
}
