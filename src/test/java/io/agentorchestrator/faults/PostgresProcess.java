package io.agentorchestrator.faults;

import io.agentorchestrator.local.Folders;
import io.agentorchestrator.local.LocalPostgres;
import io.agentorchestrator.local.PostgresAddress;
import io.agentorchestrator.local.ReservedPort;
import io.agentorchestrator.local.Servers;
import io.agentorchestrator.local.Signals;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A PostgreSQL that a test owns, to be stopped in every way there is, frozen, cut off from its
 * clients, copied to a standby, and started again on the same data and port.
 */
public final class PostgresProcess implements AutoCloseable {

  /** What a standby's slot and session are called. */
  private static final String STANDBY = "standby";

  private static final Duration WAIT = Duration.ofMinutes(3);

  private final LocalPostgres server;
  private final ReservedPort port;
  private final Map<String, String> settings;

  private PostgresProcess(LocalPostgres server, ReservedPort port, Map<String, String> settings) {
    this.server = server;
    this.port = port;
    this.settings = new HashMap<>(settings);
  }

  /**
   * Starts one and waits until it takes connections.
   *
   * @param folder for its data and its log; data that is there is used
   * @param settings of the server, besides what a worker needs
   */
  public static PostgresProcess start(Path folder, Map<String, String> settings) {
    ReservedPort port = ReservedPort.take();
    try {
      return new PostgresProcess(
          Servers.startPostgres(
              folder.resolve("data"), port, folder.resolve("postgresql.log"), settings),
          port,
          settings);
    } catch (RuntimeException e) {
      port.close();
      throw e;
    }
  }

  /** Where it listens, whenever it runs. */
  public PostgresAddress address() {
    return server.address();
  }

  /** Whether it runs, or is frozen. */
  public boolean isAlive() {
    return !server.processes().isEmpty();
  }

  /** Ends its sessions, writes everything down, and stops. */
  public void stopFast() {
    server.control("stop", "--mode=fast");
  }

  /** Stops at once; it has to recover when it starts again. */
  public void stopImmediate() {
    server.control("stop", "--mode=immediate");
  }

  /** Ends the postmaster with SIGKILL; its other processes end by themselves. */
  public void killPostmaster() {
    server.killPostmaster();
  }

  /** Ends all its processes with SIGKILL, as a crash of the machine would. */
  public void crash() {
    server.kill();
  }

  /** Starts it again, with the same settings. */
  public void start() {
    server.start(settings);
  }

  /** Starts it again with some settings changed, now and later. */
  public void start(Map<String, String> changes) {
    settings.putAll(changes);
    start();
  }

  /** Freezes all its processes with SIGSTOP: connections stay, and nobody answers. */
  public void freeze() {
    List<ProcessHandle> all = server.processes();
    // The postmaster first, so that it starts no others meanwhile.
    Signals.send("STOP", all.getFirst());
    server.processes().stream().skip(1).forEach(each -> send("STOP", each));
  }

  /** Lets them all go on, with SIGCONT. */
  public void thaw() {
    server.processes().reversed().forEach(each -> send("CONT", each));
  }

  /**
   * Ends sessions from within.
   *
   * @param applicationName of the sessions, such as {@code agent-orchestrator}
   * @return how many
   */
  public int terminateSessions(String applicationName) {
    return count(
        """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE application_name = ? AND pid <> pg_backend_pid()
        """,
        applicationName);
  }

  /**
   * Ends the replication session that reads from a slot.
   *
   * @return whether there was one
   */
  public boolean terminateWalsender(String slot) {
    return count(
            """
            SELECT count(pg_terminate_backend(active_pid)) FROM pg_replication_slots
             WHERE slot_name = ? AND active_pid IS NOT NULL
            """,
            slot)
        > 0;
  }

  /**
   * Makes a standby that follows this one, and its failover slots with it. It is made from a copy
   * of the data, for which this one is stopped for a moment.
   *
   * <p>No reader of a failover slot then gets ahead of it.
   *
   * @param folder for its data and its log
   * @param synchronous whether a COMMIT waits until the standby has it: unless it does, what was
   *     committed last is lost at a promotion
   */
  public PostgresProcess standby(Path folder, boolean synchronous) {
    count(
        "SELECT count(pg_create_physical_replication_slot(slot, true)) FROM (SELECT ?) AS t(slot)",
        STANDBY);
    stopFast();
    Path copy = folder.resolve("data");
    copy(server.data(), copy);
    Map<String, String> changes = new HashMap<>();
    changes.put("synchronized_standby_slots", STANDBY);
    if (synchronous) {
      changes.put("synchronous_standby_names", STANDBY);
    }
    Map<String, String> before = Map.copyOf(settings);
    start(changes);
    try {
      Files.writeString(copy.resolve("standby.signal"), "");
      Files.writeString(
          copy.resolve("postgresql.auto.conf"),
          """
          primary_conninfo = 'host=%s port=%d user=%s password=%s dbname=postgres \
          application_name=%s'
          primary_slot_name = '%s'
          hot_standby_feedback = on
          sync_replication_slots = on
          wal_receiver_status_interval = 1s
          """
              .formatted(
                  address().host(),
                  address().port(),
                  address().user(),
                  address().password(),
                  STANDBY,
                  STANDBY),
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return start(folder, before);
  }

  /**
   * Waits until a standby has a failover slot in a state in which a promotion keeps it. It gets
   * there only if somebody reads from the slot: one that stands still on the primary is behind what
   * the standby has, and not taken over.
   */
  public void awaitSynced(String slot) {
    Awaitility.await("the slot %s on the standby".formatted(slot))
        .atMost(WAIT)
        .until(() -> isSynced(slot));
  }

  /** Whether it is so now. */
  public boolean isSynced(String slot) {
    return count(
            """
            SELECT count(*) FROM pg_replication_slots
             WHERE slot_name = ? AND synced AND NOT temporary AND invalidation_reason IS NULL
            """,
            slot)
        == 1;
  }

  /**
   * Makes a backup of its data, without the slots, as a base backup is. It is stopped for a moment.
   */
  public void backUp(Path backup) {
    stopFast();
    copy(server.data(), backup);
    start();
  }

  /** Loses its data, and starts again on a backup. */
  public void restore(Path backup) {
    crash();
    Folders.delete(server.data());
    copy(backup, server.data());
    start();
  }

  /** Makes a standby a server of its own, and waits until it is. */
  public void promote() {
    server.control("promote");
  }

  /** Stops it, frozen or not. */
  @Override
  public void close() {
    thaw();
    server.close();
    port.close();
  }

  private static void send(String signal, ProcessHandle process) {
    try {
      Signals.send(signal, process);
    } catch (IllegalStateException e) {
      if (process.isAlive()) {
        throw e;
      }
    }
  }

  private int count(String sql, String parameter) {
    try (Connection connection = DriverManager.getConnection(server.jdbcUrl("postgres"));
        PreparedStatement query = connection.prepareStatement(sql)) {
      query.setString(1, parameter);
      try (ResultSet row = query.executeQuery()) {
        row.next();
        return row.getInt(1);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Copies all but the slots, which are the server's own and in no backup. */
  private static void copy(Path data, Path copy) {
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path relative = data.relativize(file);
        if (!relative.startsWith("pg_replslot") || relative.getNameCount() == 1) {
          Files.createDirectories(copy);
          Files.copy(
              file,
              copy.resolve(relative.toString()),
              StandardCopyOption.COPY_ATTRIBUTES,
              StandardCopyOption.REPLACE_EXISTING);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
