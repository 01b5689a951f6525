package io.agentorchestrator.log;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;

/**
 * The relay's own connections to the database. None is pooled: a session's lock must not pass to
 * others, and a replication connection lasts.
 */
final class RelayDatabase {

  /** The application name of a relay's session. */
  static final String RELAY = "agent-orchestrator relay";

  /** That of whoever only looks. */
  static final String STATUS = "agent-orchestrator relay status";

  /** That of a repair's. */
  static final String REPAIR = "agent-orchestrator relay repair";

  private static final Pattern URL =
      Pattern.compile("jdbc:postgresql://(?<hosts>[^/?]*)/(?<name>[^?]*)(\\?(?<settings>.*))?");

  private static final Pattern LAST_PORT = Pattern.compile("(?<before>.+):(?<port>\\d+)");

  private static final String DEFAULT_PORT = "5432";

  /**
   * Ends the session of a worker that froze, and with it its lock. What is asked over it is short,
   * and must not keep the next ping waiting.
   */
  private static final String LEADERSHIP_OPTIONS =
      "-c idle_session_timeout=10s -c lock_timeout=1s -c statement_timeout=2s";

  /**
   * Frees the slot of a worker that froze. The limits that the role may have for the queries of
   * others do not fit a stream that lasts.
   */
  private static final String STREAM_OPTIONS =
      "-c wal_sender_timeout=10s -c statement_timeout=0 -c lock_timeout=0"
          + " -c idle_in_transaction_session_timeout=0 -c idle_session_timeout=0";

  /**
   * A repair runs long, and keeps all workers waiting: one that froze is ended, but none of its
   * statements. It must not lose what it committed.
   */
  private static final String REPAIR_OPTIONS =
      "-c idle_session_timeout=120s -c idle_in_transaction_session_timeout=120s"
          + " -c statement_timeout=0 -c lock_timeout=0 -c work_mem=64MB -c synchronous_commit=on"
          + " -c timezone=UTC";

  /** What is set here, whatever the URL says. */
  private static final List<String> OWN = List.of("user", "password", "options", "socketTimeout");

  private final String hosts;
  private final String name;
  private final @Nullable String user;
  private final @Nullable String password;
  private final String options;
  private final Properties others = new Properties();

  /**
   * Takes a JDBC URL with all it says.
   *
   * @param user who connects; null if the URL tells
   * @param password likewise
   * @throws IllegalArgumentException unless it has the form {@code
   *     jdbc:postgresql://host:port,…/database?setting=value&…}
   */
  RelayDatabase(String jdbcUrl, @Nullable String user, @Nullable String password) {
    Matcher url = URL.matcher(jdbcUrl);
    if (!url.matches()) {
      // Not the URL itself: it may hold a password.
      throw new IllegalArgumentException(
          "Expected a URL of the form jdbc:postgresql://host:port/database?…, but it is not.");
    }
    this.hosts = url.group("hosts");
    this.name = url.group("name");
    Properties settings = settings(url.group("settings"));
    this.user = user == null ? settings.getProperty("user") : user;
    this.password = password == null ? settings.getProperty("password") : password;
    this.options = settings.getProperty("options", "");
    others.setProperty("connectTimeout", "5");
    others.setProperty("tcpKeepAlive", "true");
    others.putAll(settings);
    OWN.forEach(others::remove);
  }

  static RelayDatabase of(JdbcConnectionDetails details) {
    return new RelayDatabase(details.getJdbcUrl(), details.getUsername(), details.getPassword());
  }

  private static Properties settings(@Nullable String query) {
    Properties settings = new Properties();
    if (query != null) {
      for (String setting : query.split("&", -1)) {
        int equals = setting.indexOf('=');
        if (equals > 0) {
          settings.setProperty(
              setting.substring(0, equals),
              URLDecoder.decode(setting.substring(equals + 1), StandardCharsets.UTF_8));
        }
      }
    }
    return settings;
  }

  /** Opens a connection for leadership; an answer that takes over 5 s ends it. */
  Connection connect() throws SQLException {
    return connect(RELAY);
  }

  /**
   * Likewise.
   *
   * @param application who it is, for people who look at the sessions
   */
  Connection connect(String application) throws SQLException {
    Properties settings = new Properties();
    settings.setProperty("socketTimeout", "5");
    return connect(application, LEADERSHIP_OPTIONS, settings);
  }

  /** Opens a connection for the work of a repair. */
  Connection connectForRepair() throws SQLException {
    Properties settings = new Properties();
    settings.setProperty("reWriteBatchedInserts", "true");
    return connect(REPAIR, REPAIR_OPTIONS, settings);
  }

  private Connection connect(String application, String ownOptions, Properties own)
      throws SQLException {
    Properties settings = new Properties();
    settings.putAll(others);
    settings.putAll(own);
    settings.setProperty("options", options(ownOptions));
    settings.setProperty("ApplicationName", application);
    set(settings, "user", user);
    set(settings, "password", password);
    return DriverManager.getConnection("jdbc:postgresql://%s/%s".formatted(hosts, name), settings);
  }

  /** The same database as Debezium's settings have it. */
  Properties debeziumSettings() {
    Properties settings = new Properties();
    // Debezium writes hostname:port into a URL, so that of many hosts only the last port is apart.
    Matcher lastPort = LAST_PORT.matcher(hosts);
    boolean hasPort = lastPort.matches();
    settings.setProperty("database.hostname", hasPort ? lastPort.group("before") : hosts);
    settings.setProperty("database.port", hasPort ? lastPort.group("port") : DEFAULT_PORT);
    settings.setProperty("database.dbname", name);
    set(settings, "database.user", user);
    set(settings, "database.password", password);
    for (String key : others.stringPropertyNames()) {
      settings.setProperty("driver." + key, others.getProperty(key));
    }
    settings.setProperty("driver.options", options(STREAM_OPTIONS));
    return settings;
  }

  private static void set(Properties settings, String key, @Nullable String value) {
    if (value != null) {
      settings.setProperty(key, value);
    }
  }

  private String options(String own) {
    return (options + " " + own).strip();
  }
}
