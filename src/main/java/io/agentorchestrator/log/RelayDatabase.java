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

/**
 * The relay's own connections to the database. None is pooled: a session's lock must not pass to
 * others, and a replication connection lasts.
 */
final class RelayDatabase {

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
    Properties settings = new Properties();
    settings.putAll(others);
    settings.setProperty("socketTimeout", "5");
    settings.setProperty("options", options(LEADERSHIP_OPTIONS));
    settings.setProperty("ApplicationName", "agent-orchestrator relay");
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
