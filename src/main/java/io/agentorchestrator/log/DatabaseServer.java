package io.agentorchestrator.log;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * The server of the database, as far as WAL positions go.
 *
 * @param systemIdentifier which cluster this is, or null where this role may not ask; a standby
 *     that is promoted keeps it, a restored dump or an upgraded cluster has another
 * @param walEnd where the WAL ends now
 */
record DatabaseServer(@Nullable String systemIdentifier, long walEnd) {

  private static final String INSUFFICIENT_PRIVILEGE = "42501";

  static DatabaseServer read(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_current_wal_lsn() - '0/0'")) {
      row.next();
      return new DatabaseServer(systemIdentifier(connection), row.getBigDecimal(1).longValue());
    }
  }

  /** Every role may ask, unless somebody revoked that. */
  private static @Nullable String systemIdentifier(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT system_identifier::text FROM pg_control_system()")) {
      return row.next() ? row.getString(1) : null;
    } catch (SQLException e) {
      if (INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
        return null;
      }
      throw e;
    }
  }
}
