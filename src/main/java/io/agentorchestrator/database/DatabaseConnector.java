package io.agentorchestrator.database;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.flyway.autoconfigure.FlywayConnectionDetails;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.util.StringUtils;

/**
 * Where a database is and how the driver is told to behave there, the same for the pools and for
 * whoever needs a single connection and no pool.
 *
 * <p>What it tells the driver holds, whatever the URL says: the URL's own parameters of that name
 * are left out, for the driver would go by them and drop ours without a word. Of {@code options},
 * which is one parameter for many settings of PostgreSQL's, the URL's come first, and of two for
 * one setting PostgreSQL takes the last; so does {@code RelayDatabase}.
 */
public final class DatabaseConnector {

  /**
   * Values differ in how many rows they have, by orders of magnitude, so each read is planned for
   * its own. A page of large rows does not come at once.
   */
  private static final String READ_OPTIONS = " -c plan_cache_mode=force_custom_plan";

  private static final String READ_FETCH_SIZE = "32";

  /**
   * How many seconds longer than a read may take its answer is waited for: PostgreSQL ends it by
   * itself, unless it hangs, and then whoever reads has waited long enough.
   */
  private static final int READ_GRACE = 2;

  private static final String OPTIONS = "options";
  private static final String CONNECT_TIMEOUT = "connectTimeout";
  private static final String SOCKET_TIMEOUT = "socketTimeout";

  /** The version of PostgreSQL that knows a limit to whole transactions. */
  private static final int TRANSACTION_TIMEOUT_SINCE = 17;

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
        return urlForOthers();
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
        return urlForOthers();
      }
    };
  }

  /** Others than this have their own limits to how long they wait for the network. */
  private String urlForOthers() {
    return url.jdbcUrlWithout(Set.of(CONNECT_TIMEOUT, SOCKET_TIMEOUT));
  }

  /**
   * What the driver is told.
   *
   * @param applicationName what PostgreSQL shows of the connection
   */
  Properties driverProperties(String applicationName) {
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", applicationName);
    properties.setProperty(CONNECT_TIMEOUT, Integer.toString(timeouts.connect()));
    properties.setProperty(SOCKET_TIMEOUT, Integer.toString(socketTimeout()));
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("reWriteBatchedInserts", "true");
    // Errors would quote whole rows, users' inputs and all, and errors are logged.
    properties.setProperty("logServerErrorDetail", "false");
    properties.setProperty(OPTIONS, options());
    if (reads) {
      properties.setProperty("defaultRowFetchSize", READ_FETCH_SIZE);
    }
    return properties;
  }

  private int socketTimeout() {
    return reads ? Math.min(timeouts.socket(), timeouts.read() + READ_GRACE) : timeouts.socket();
  }

  private String options() {
    String given = url.parameter(OPTIONS);
    String own =
        "-c lock_timeout=%ds -c statement_timeout=%ds -c idle_in_transaction_session_timeout=%ds%s"
            .formatted(
                timeouts.lock(),
                reads ? timeouts.read() : timeouts.statement(),
                timeouts.idleInTransaction(),
                reads ? READ_OPTIONS : "");
    return given == null ? own : (given + " " + own).strip();
  }

  /** The URL that goes with these properties. */
  String driverUrl(Properties properties) {
    return url.jdbcUrlWithout(properties.stringPropertyNames());
  }

  /**
   * Opens a connection outside of the pools; the caller closes it.
   *
   * @param applicationName what PostgreSQL shows of the connection
   * @throws SQLException if PostgreSQL refuses, or cannot be reached in time
   */
  public Connection connect(String applicationName) throws SQLException {
    Properties properties = driverProperties(applicationName);
    String driverUrl = driverUrl(properties);
    set(properties, "user", url.username());
    set(properties, "password", url.password());
    return DriverManager.getConnection(driverUrl, properties);
  }

  /**
   * Likewise for a pool: PostgreSQL also ends a transaction that takes too long as a whole, from 17
   * on. That cannot be among the options, for a server that does not know it would refuse the
   * connection.
   */
  Connection connectForTransactions(String applicationName) throws SQLException {
    Connection connection = connect(applicationName);
    try {
      if (connection.getMetaData().getDatabaseMajorVersion() >= TRANSACTION_TIMEOUT_SINCE) {
        try (Statement statement = connection.createStatement()) {
          statement.execute("SET transaction_timeout = '%ds'".formatted(timeouts.transaction()));
        }
      }
      return connection;
    } catch (SQLException | RuntimeException e) {
      try (connection) {
        throw e;
      }
    }
  }

  private static void set(Properties properties, String name, @Nullable String value) {
    if (value != null) {
      properties.setProperty(name, value);
    }
  }
}
