package io.agentorchestrator.migration;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;

/** What the moves ask the database before anything else. */
final class Schema {

  private Schema() {}

  /** Refuses a database that a worker of this version has not brought up to date. */
  static void require(Connection session) throws SQLException {
    try (Statement statement = session.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT to_regclass('imported_records') IS NOT NULL")) {
      row.next();
      if (!row.getBoolean(1)) {
        throw new MigrationRefusedException(
            "Expected the schema of this version, but the database has an older one or none. Start a worker first: it brings the schema up to date.");
      }
    }
  }

  /** The time by the database's clock. */
  static Instant now(Connection session) throws SQLException {
    try (Statement statement = session.createStatement();
        ResultSet row = statement.executeQuery("SELECT orchestrator_clock()")) {
      row.next();
      return row.getObject(1, OffsetDateTime.class).toInstant();
    }
  }
}
