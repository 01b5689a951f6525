package io.agentorchestrator.database;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.flyway.autoconfigure.FlywayConnectionDetails;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.util.StringUtils;

/**
 * Where a database is and how the driver is told to behave there, the same for the pools and for
 * whoever needs a single connection and no pool.
 */
public final class DatabaseConnector {

  /**
   * Values differ in how many rows they have, by orders of magnitude, so each read is planned for
   * its own. A page of large rows does not come at once.
   */
  private static final String READ_OPTIONS = " -c plan_cache_mode=force_custom_plan";

  private static final String READ_FETCH_SIZE = "32";

  private final DatabaseUrl url;
  private final DatabaseProperties.Timeouts timeouts;
  private final boolean reads;

  /**
   * Takes the address apart.
   *
   * @throws IllegalArgumentException if the URL has another form than {@code DATABASE_URL} may have
   */
  public DatabaseConnector(DatabaseProperties properties) {
    this(DatabaseUrl.parse("DATABASE_URL", properties.url()), properties.timeouts(), false);
  }

  private DatabaseConnector(DatabaseUrl url, DatabaseProperties.Timeouts timeouts, boolean reads) {
    this.url = url;
    this.timeouts = timeouts;
    this.reads = reads;
  }

  /** Likewise, for reads over REST: none of their statements may take long. */
  static DatabaseConnector ofReads(DatabaseProperties properties) {
    return of(properties, "DATABASE_URL", null, true);
  }

  /** Likewise, by the login that owns the schema, if there is one of its own. */
  public static DatabaseConnector ofOwner(DatabaseProperties properties) {
    return of(properties, "DATABASE_MIGRATION_URL", properties.migrationUrl(), false);
  }

  /** Likewise, by the login that may replicate, if there is one of its own. */
  static DatabaseConnector ofRelay(DatabaseProperties properties) {
    return of(properties, "DATABASE_RELAY_URL", properties.relayUrl(), false);
  }

  /** Likewise, of the replica for reads, which there has to be. */
  static DatabaseConnector ofReplica(DatabaseProperties properties) {
    return of(properties, "DATABASE_READ_URL", Objects.requireNonNull(properties.readUrl()), true);
  }

  private static DatabaseConnector of(
      DatabaseProperties properties, String variable, @Nullable String url, boolean reads) {
    DatabaseUrl parsed =
        StringUtils.hasText(url)
            ? DatabaseUrl.parse(variable, url)
            : DatabaseUrl.parse("DATABASE_URL", properties.url());
    return new DatabaseConnector(parsed, properties.timeouts(), reads);
  }

  /** The address, in Spring's terms. */
  public JdbcConnectionDetails details() {
    return new JdbcConnectionDetails() {
      @Override
      public @Nullable String getUsername() {
        return url.username();
      }

      @Override
      public @Nullable String getPassword() {
        return url.password();
      }

      @Override
      public String getJdbcUrl() {
        return url.jdbcUrl();
      }
    };
  }

  /** The same for migrations. They have connections of their own: two at a time, and for long. */
  public FlywayConnectionDetails migrationDetails() {
    return new FlywayConnectionDetails() {
      @Override
      public @Nullable String getUsername() {
        return url.username();
      }

      @Override
      public @Nullable String getPassword() {
        return url.password();
      }

      @Override
      public String getJdbcUrl() {
        return url.jdbcUrl();
      }
    };
  }

  /**
   * What the driver is told.
   *
   * @param applicationName what PostgreSQL shows of the connection
   */
  private Properties driverProperties(String applicationName) {
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", applicationName);
    properties.setProperty("connectTimeout", Integer.toString(timeouts.connect()));
    properties.setProperty("socketTimeout", Integer.toString(timeouts.socket()));
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("reWriteBatchedInserts", "true");
    // Errors would quote whole rows, users' inputs and all, and errors are logged.
    properties.setProperty("logServerErrorDetail", "false");
    properties.setProperty(
        "options",
        "-c lock_timeout=%ds -c statement_timeout=%ds -c idle_in_transaction_session_timeout=%ds%s"
            .formatted(
                timeouts.lock(),
                reads ? timeouts.read() : timeouts.statement(),
                timeouts.idleInTransaction(),
                reads ? READ_OPTIONS : ""));
    if (reads) {
      properties.setProperty("defaultRowFetchSize", READ_FETCH_SIZE);
    }
    return properties;
  }

  /**
   * Opens a connection outside of the pool; the caller closes it.
   *
   * @param applicationName what PostgreSQL shows of the connection
   * @throws SQLException if PostgreSQL refuses, or cannot be reached in time
   */
  public Connection connect(String applicationName) throws SQLException {
    Properties properties = driverProperties(applicationName);
    set(properties, "user", url.username());
    set(properties, "password", url.password());
    return DriverManager.getConnection(url.jdbcUrl(), properties);
  }

  private static void set(Properties properties, String name, @Nullable String value) {
    if (value != null) {
      properties.setProperty(name, value);
    }
  }
}
