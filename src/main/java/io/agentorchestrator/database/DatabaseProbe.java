package io.agentorchestrator.database;

import io.agentorchestrator.log.ReplicationSlotStatus;
import io.agentorchestrator.log.ReplicationSlots;
import io.agentorchestrator.shutdown.OutOfMemory;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.stereotype.Component;

/**
 * Looks at the database over a connection of its own, so that an exhausted pool does not look like
 * a database that is away, and within a bounded time, whatever hangs. Who asks meanwhile is told
 * what the look under way shows: however many ask, there is one connection.
 */
@Component
class DatabaseProbe {

  /**
   * What one look showed.
   *
   * @param latencyMs how long the simplest statement took, in milliseconds; null where the database
   *     is away
   * @param serverVersion PostgreSQL's version, or null likewise
   * @param schemaVersion the newest migration's version; null where there is none
   * @param slot the replication slot
   * @param housekeeping whether PostgreSQL gets to clear away
   * @param problems what is wrong, one sentence each
   */
  record Findings(
      @Nullable Double latencyMs,
      @Nullable String serverVersion,
      @Nullable String schemaVersion,
      ReplicationSlot slot,
      Housekeeping housekeeping,
      List<String> problems) {

    boolean isAnswered() {
      return latencyMs != null;
    }

    /** Whether even the simplest statement takes long, or is not answered. */
    boolean isSlow() {
      return latencyMs == null || latencyMs > MAX_LATENCY_MS;
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseProbe.class);

  /** What takes longer for the simplest statement is slow. */
  private static final double MAX_LATENCY_MS = 1000;

  private static final long TIMEOUT_MILLIS = 1500;
  private static final String SCHEMA_VERSION =
      """
      SELECT version FROM flyway_schema_history WHERE success AND version IS NOT NULL
      ORDER BY installed_rank DESC LIMIT 1
      """;

  private final JdbcConnectionDetails database;
  private final ReplicationSlots slots;
  private final String slotName;
  private CompletableFuture<Findings> look = CompletableFuture.failedFuture(new TimeoutException());

  DatabaseProbe(
      JdbcConnectionDetails database,
      ReplicationSlots slots,
      @Value("${orchestrator.relay.slot}") String slotName) {
    this.database = database;
    this.slots = slots;
    this.slotName = slotName;
  }

  /** Looks, for at most 1.5 s. */
  Findings look() {
    try {
      return current().get(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return unanswered("PostgreSQL has not answered for %d ms.".formatted(TIMEOUT_MILLIS));
    } catch (ExecutionException e) {
      return unanswered("The look at PostgreSQL failed.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return unanswered("The look at PostgreSQL was interrupted.");
    }
  }

  private synchronized CompletableFuture<Findings> current() {
    if (look.isDone()) {
      CompletableFuture<Findings> next = new CompletableFuture<>();
      Thread.ofVirtual().name("database-probe").start(() -> complete(next));
      look = next;
    }
    return look;
  }

  /** Completes it whatever happens: a look that never ends would be the last one. */
  private void complete(CompletableFuture<Findings> next) {
    try {
      next.complete(findings());
    } catch (Throwable e) {
      OutOfMemory.endProcess(e);
      next.completeExceptionally(e);
      LOG.error("The look at PostgreSQL failed", e);
    }
  }

  private Findings findings() {
    try (Connection connection = DriverManager.getConnection(database.getJdbcUrl(), settings())) {
      long start = System.nanoTime();
      String version = single(connection, "SHOW server_version");
      double latency = Math.round((System.nanoTime() - start) / 1e3) / 1e3;
      List<String> problems = new ArrayList<>();
      String schemaVersion = schemaVersion(connection, problems);
      ReplicationSlot slot = slot(connection, problems);
      Housekeeping housekeeping = housekeeping(connection, problems);
      return new Findings(latency, version, schemaVersion, slot, housekeeping, problems);
    } catch (SQLException e) {
      // Neither its message nor its cause is shown: they may name users and hosts.
      return unanswered("PostgreSQL cannot be asked (SQLSTATE %s).".formatted(e.getSQLState()));
    } catch (RuntimeException e) {
      return unanswered("PostgreSQL cannot be asked.");
    }
  }

  private Findings unanswered(String problem) {
    return new Findings(
        null,
        null,
        null,
        ReplicationSlot.unknown(slotName),
        Housekeeping.UNKNOWN,
        List.of(problem));
  }

  private Properties settings() {
    Properties settings = new Properties();
    String user = database.getUsername();
    String password = database.getPassword();
    if (user != null) {
      settings.setProperty("user", user);
    }
    if (password != null) {
      settings.setProperty("password", password);
    }
    settings.setProperty("ApplicationName", "agent-orchestrator health");
    settings.setProperty("connectTimeout", "1");
    // Of one answer. What hangs longer ends by itself soon after nobody waits for it.
    settings.setProperty("socketTimeout", "2");
    return settings;
  }

  private static @Nullable String schemaVersion(Connection connection, List<String> problems) {
    try {
      return single(connection, SCHEMA_VERSION);
    } catch (SQLException e) {
      problems.add("The schema's version cannot be read (SQLSTATE %s).".formatted(e.getSQLState()));
      return null;
    }
  }

  private static Housekeeping housekeeping(Connection connection, List<String> problems) {
    try {
      return Housekeeping.read(connection, problems);
    } catch (SQLException e) {
      problems.add(
          "Open transactions and dead rows cannot be read (SQLSTATE %s)."
              .formatted(e.getSQLState()));
      return Housekeeping.UNKNOWN;
    }
  }

  private ReplicationSlot slot(Connection connection, List<String> problems) {
    try {
      Optional<ReplicationSlotStatus> status =
          slots.read(JdbcClient.create(new SingleConnectionDataSource(connection, true)));
      if (status.isEmpty()) {
        problems.add("There is no replication slot %s.".formatted(slotName));
        return ReplicationSlot.missing(slotName);
      }
      addProblems(status.get(), problems);
      return ReplicationSlot.of(status.get());
    } catch (DataAccessException e) {
      problems.add("The replication slot cannot be read.");
      return ReplicationSlot.unknown(slotName);
    }
  }

  private static void addProblems(ReplicationSlotStatus slot, List<String> problems) {
    if (!slot.active()) {
      problems.add("Nobody reads from the replication slot %s.".formatted(slot.name()));
    }
    if ("unreserved".equals(slot.walStatus()) || "lost".equals(slot.walStatus())) {
      problems.add(
          "The WAL of the replication slot %s is %s.".formatted(slot.name(), slot.walStatus()));
    }
  }

  private static @Nullable String single(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getString(1) : null;
    }
  }
}
