package io.agentorchestrator.local;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Where a PostgreSQL server listens and who may do everything there.
 *
 * @param user a superuser
 * @param password its password, of letters only, so that it needs no escaping in a URL
 */
public record PostgresAddress(String host, int port, String user, String password) {

  /** The URL in the form the worker's {@code DATABASE_URL} takes, credentials included. */
  public String databaseUrl(String database) {
    return "postgresql://%s:%s@%s:%d/%s".formatted(user, password, host, port, database);
  }

  /** The URL for {@link DriverManager}, credentials included. */
  public String jdbcUrl(String database) {
    return "jdbc:postgresql://%s:%d/%s?user=%s&password=%s"
        .formatted(host, port, database, user, password);
  }

  /** Creates a database unless there is one of this name; its owner is {@link #user()}. */
  public void createDatabaseIfMissing(String database) {
    try (Connection connection = DriverManager.getConnection(jdbcUrl("postgres"))) {
      if (!exists(connection, database)) {
        try (Statement statement = connection.createStatement()) {
          statement.execute("CREATE DATABASE \"" + database.replace("\"", "\"\"") + '"');
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException("Cannot create the database " + database, e);
    }
  }

  private static boolean exists(Connection connection, String database) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("SELECT FROM pg_database WHERE datname = ?")) {
      query.setString(1, database);
      try (ResultSet found = query.executeQuery()) {
        return found.next();
      }
    }
  }
}
