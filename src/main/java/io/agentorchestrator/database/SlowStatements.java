package io.agentorchestrator.database;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.util.StringUtils;

/**
 * Logs statements of the workers that have been running for longer than {@link
 * DatabaseProperties#slowStatement()}, while they do: one that hangs is told of though it may never
 * end. It asks PostgreSQL, the primary and the replica if there is one, each over a connection of
 * its own, so that no statement pays for it; of each server one of the workers at a time does, for
 * all.
 *
 * <p>What is logged is the statement's shape. PostgreSQL shows parameters as {@code $1}; whatever
 * else could be a value is replaced by {@code ?}.
 */
@Component
class SlowStatements implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(SlowStatements.class);

  private static final int SHORTEST_ROUND_MILLIS = 50;
  private static final Duration PAUSE = Duration.ofSeconds(2);

  /** Advisory locks are a server's own: one held on the primary keeps nobody off the replica. */
  private static final String IS_MINE =
      "SELECT pg_try_advisory_lock(hashtextextended('agent-orchestrator slow statements', 0))";

  private static final String SLOW =
      """
      SELECT pid, query_start, query, wait_event_type, wait_event,
             extract(epoch FROM clock_timestamp() - query_start),
             CASE WHEN wait_event_type = 'Lock' THEN array_to_string(pg_blocking_pids(pid), ',') END
      FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'agent-orchestrator'
        AND state = 'active' AND clock_timestamp() - query_start >= make_interval(secs => ?)
      """;

  private static final Pattern SPACE = Pattern.compile("\\s+");
  private static final Pattern VALUE =
      Pattern.compile("'(?:[^']|'')*'?|(?<![\\w$])\\d+(?:\\.\\d+)?");

  private final int thresholdMillis;
  private final Counter counter;
  private final List<Watch> watches = new ArrayList<>();

  SlowStatements(DatabaseProperties properties, MeterRegistry registry) {
    this.thresholdMillis = properties.slowStatement();
    this.counter =
        Counter.builder("orchestrator.slow.statements")
            .description("Statements that ran for longer than the threshold, of all workers")
            .register(registry);
    watches.add(new Watch("primary", new DatabaseConnector(properties)));
    if (properties.replicaRouting() && StringUtils.hasText(properties.readUrl())) {
      watches.add(new Watch("replica", DatabaseConnector.ofReplica(properties)));
    }
  }

  /** The shape of a statement, on one line. */
  static String shape(String query) {
    return VALUE.matcher(SPACE.matcher(query.strip()).replaceAll(" ")).replaceAll("?");
  }

  /** Watches one server, from its start to its stop. */
  private final class Watch {

    private final String server;
    private final DatabaseConnector database;

    /** When the statement began that was told of last, by the session that runs it. */
    private final Map<Integer, Timestamp> told = new HashMap<>();

    private final WatchThread thread;

    private Watch(String server, DatabaseConnector database) {
      this.server = server;
      this.database = database;
      this.thread = new WatchThread("slow-statements-" + server, this::watch);
    }

    private void watch() {
      while (thread.goesOn()) {
        try (Connection connection = database.connect("agent-orchestrator slow statements")) {
          watch(connection);
        } catch (SQLException e) {
          // Whoever applies commands or reads tells of a database that is away.
          LOG.debug("Slow statements of the {} cannot be seen", server, e);
          thread.pause(PAUSE);
        }
      }
    }

    private void watch(Connection connection) throws SQLException {
      while (thread.goesOn() && !isMine(connection)) {
        thread.pause(PAUSE);
      }
      told.clear();
      Duration round = Duration.ofMillis(Math.max(SHORTEST_ROUND_MILLIS, thresholdMillis / 2));
      try (PreparedStatement slow = connection.prepareStatement(SLOW)) {
        while (thread.goesOn()) {
          slow.setDouble(1, thresholdMillis / 1e3);
          look(slow);
          thread.pause(round);
        }
      }
    }

    private void look(PreparedStatement slow) throws SQLException {
      Map<Integer, Timestamp> running = new HashMap<>();
      try (ResultSet row = slow.executeQuery()) {
        while (row.next()) {
          int session = row.getInt(1);
          Timestamp began = row.getTimestamp(2);
          running.put(session, began);
          if (!began.equals(told.get(session))) {
            counter.increment();
            tell(row);
          }
        }
      }
      told.clear();
      told.putAll(running);
    }

    private void tell(ResultSet row) throws SQLException {
      LoggingEventBuilder line =
          LOG.atWarn()
              .addKeyValue("server", server)
              .addKeyValue("pid", row.getInt(1))
              .addKeyValue("statement", shape(row.getString(3)));
      if (row.getString(4) != null) {
        line = line.addKeyValue("waits_for", row.getString(4) + ": " + row.getString(5));
      }
      if (row.getString(7) != null) {
        line = line.addKeyValue("blocked_by", row.getString(7));
      }
      line.log("A statement has been running for {} s", "%.1f".formatted(row.getDouble(6)));
    }
  }

  private static boolean isMine(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(IS_MINE)) {
      row.next();
      return row.getBoolean(1);
    }
  }

  @Override
  public void start() {
    if (thresholdMillis > 0) {
      watches.forEach(watch -> watch.thread.start());
    }
  }

  @Override
  public void stop() {
    watches.forEach(watch -> watch.thread.stop());
  }

  @Override
  public boolean isRunning() {
    return watches.stream().anyMatch(watch -> watch.thread.isRunning());
  }
}
