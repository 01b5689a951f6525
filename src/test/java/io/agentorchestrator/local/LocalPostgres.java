package io.agentorchestrator.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A real PostgreSQL on 127.0.0.1 whose data outlives it.
 *
 * <p>The server is a process group of its own: a Ctrl-C in the terminal does not reach it, and it
 * outlives a JVM that is killed. Whoever starts the next one on the same data folder therefore
 * stops the left-over first and lets the data recover. That also stops a server that somebody else
 * is using, so the caller sees to it that a folder has one user; {@link LocalRun} holds a lock.
 */
public final class LocalPostgres implements AutoCloseable {

  /** What the worker needs of a server; containers are started with the same. */
  static final Map<String, String> SETTINGS =
      Map.of(
          "wal_level", "logical",
          "max_connections", "200",
          "max_replication_slots", "100",
          "max_wal_senders", "100",
          "timezone", "UTC",
          "log_timezone", "UTC");

  /** How a data folder is made; the same collation on every operating system. */
  static final List<String> INITDB_OPTIONS =
      List.of(
          "--encoding=UTF8",
          "--locale-provider=builtin",
          "--builtin-locale=C.UTF-8",
          "--locale=C",
          "--auth=scram-sha-256");

  static final String USER = "postgres";
  static final String PASSWORD = "postgres";

  private static final String PID_FILE = "postmaster.pid";

  private final PostgresBinaries binaries;
  private final Path data;
  private final Path log;
  private final PostgresAddress address;
  private volatile Map<String, String> more = Map.of();

  private LocalPostgres(PostgresBinaries binaries, Path data, Path log, PostgresAddress address) {
    this.binaries = binaries;
    this.data = data;
    this.log = log;
    this.address = address;
  }

  /**
   * Starts a server and waits until it takes connections.
   *
   * @param data its data folder, created when missing, used as it is when not
   * @param port 0 for any free one
   * @param log the file its log is appended to
   * @throws IllegalStateException with the end of the log when it does not start
   */
  static LocalPostgres start(PostgresBinaries binaries, Path data, int port, Path log) {
    return start(binaries, data, port, log, Map.of());
  }

  /** Starts one likewise, with settings besides those that all have, which win. */
  static LocalPostgres start(
      PostgresBinaries binaries, Path data, int port, Path log, Map<String, String> more) {
    Path folder = data.toAbsolutePath().normalize();
    Path logFile = log.toAbsolutePath().normalize();
    Folders.create(logFile.resolveSibling("."));
    if (!Files.exists(folder.resolve("PG_VERSION"))) {
      initialise(binaries, folder, logFile);
    }
    PostgresAddress address =
        new PostgresAddress("127.0.0.1", port == 0 ? Ports.free() : port, USER, PASSWORD);
    LocalPostgres postgres = new LocalPostgres(binaries, folder, logFile, address);
    postgres.more = Map.copyOf(more);
    postgres.start();
    return postgres;
  }

  /**
   * Stops a server that outlived the JVM that started it, if there is one on this data folder, and
   * clears away the process id of one that is no more: the number may be another process's by now,
   * and PostgreSQL would then refuse to start.
   */
  static void stopLeftOver(PostgresBinaries binaries, Path data, Path log) {
    Path pidFile = data.resolve(PID_FILE);
    if (!Files.exists(pidFile)) {
      return;
    }
    postmaster(data).ifPresent(process -> stop(process, binaries, data, log));
    try {
      Files.deleteIfExists(pidFile);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public PostgresAddress address() {
    return address;
  }

  /** Where its data is. */
  public Path data() {
    return data;
  }

  /** {@link PostgresAddress#databaseUrl} of this server. */
  public String databaseUrl(String database) {
    return address.databaseUrl(database);
  }

  /** {@link PostgresAddress#jdbcUrl} of this server. */
  public String jdbcUrl(String database) {
    return address.jdbcUrl(database);
  }

  /** {@link PostgresAddress#createDatabaseIfMissing} on this server. */
  public void createDatabaseIfMissing(String database) {
    address.createDatabaseIfMissing(database);
  }

  /**
   * Starts it again, on the same port, after {@link #kill()} or {@link #close()}, and waits until
   * it takes connections.
   */
  public void start() {
    stopLeftOver(binaries, data, log);
    String options =
        serverSettings().entrySet().stream()
            .map(LocalPostgres::option)
            .collect(Collectors.joining(" "));
    List<String> arguments =
        List.of(
            "start",
            "--wait",
            "--timeout=60",
            "--pgdata=" + data,
            "--log=" + log,
            "--options=" + options);
    if (binaries.run(log, "pg_ctl", arguments) != 0) {
      throw new IllegalStateException(
          "PostgreSQL did not start on port %d; the end of %s:%n%s"
              .formatted(address.port(), log, end(log)));
    }
  }

  /** Starts it again with other settings than before besides those that all have. */
  public void start(Map<String, String> more) {
    this.more = Map.copyOf(more);
    start();
  }

  /** Its processes, the postmaster first; none if it does not run. */
  public List<ProcessHandle> processes() {
    List<ProcessHandle> all = new ArrayList<>();
    postmaster(data)
        .ifPresent(
            postmaster -> {
              all.add(postmaster);
              postmaster.descendants().forEach(all::add);
            });
    return all;
  }

  /** Ends all its processes with SIGKILL, as a crash of the machine would; the data stays. */
  public void kill() {
    postmaster(data).ifPresent(LocalPostgres::kill);
  }

  /**
   * Ends the postmaster alone with SIGKILL. Its children notice and end; those that do not within a
   * few seconds are killed too, for none may be left when it starts again.
   */
  public void killPostmaster() {
    List<ProcessHandle> all = processes();
    if (!all.isEmpty()) {
      all.getFirst().destroyForcibly();
      try {
        awaitEnd(all);
      } catch (ConditionTimeoutException e) {
        all.forEach(ProcessHandle::destroyForcibly);
        awaitEnd(all);
      }
    }
  }

  /**
   * Has pg_ctl do something with it, and waits.
   *
   * @param action such as {@code stop} or {@code promote}
   * @throws IllegalStateException with the end of the log if it fails
   */
  public void control(String action, String... options) {
    List<ProcessHandle> all = processes();
    List<String> arguments = new ArrayList<>(List.of(action, "--wait", "--timeout=60"));
    arguments.addAll(List.of(options));
    arguments.add("--pgdata=" + data);
    if (binaries.run(log, "pg_ctl", arguments) != 0) {
      throw new IllegalStateException(
          "pg_ctl %s failed; the end of %s:%n%s".formatted(action, log, end(log)));
    }
    if (action.equals("stop")) {
      awaitEnd(all);
    }
  }

  /** Stops it, without waiting for clients; the data stays. */
  @Override
  public void close() {
    postmaster(data).ifPresent(process -> stop(process, binaries, data, log));
  }

  private Map<String, String> serverSettings() {
    Map<String, String> settings = new HashMap<>(SETTINGS);
    settings.put("listen_addresses", "127.0.0.1");
    settings.put("port", Integer.toString(address.port()));
    settings.put("unix_socket_directories", "");
    settings.putAll(more);
    return settings;
  }

  /** As the shell is to read it through which pg_ctl starts the server. */
  private static String option(Map.Entry<String, String> setting) {
    String value = "%s=%s".formatted(setting.getKey(), setting.getValue());
    return "-c '%s'".formatted(value.replace("'", "'\\''"));
  }

  /** Makes the folder under another name first, so that an interrupted one is never taken up. */
  private static void initialise(PostgresBinaries binaries, Path data, Path log) {
    Path unfinished = data.resolveSibling(data.getFileName() + ".unfinished");
    Folders.delete(unfinished);
    Folders.create(data.resolveSibling("."));
    try {
      Path password = Files.createTempFile("postgres", ".password");
      try {
        Files.writeString(password, PASSWORD);
        List<String> arguments = new ArrayList<>(INITDB_OPTIONS);
        arguments.add("--username=" + USER);
        arguments.add("--pwfile=" + password);
        arguments.add("--pgdata=" + unfinished);
        if (binaries.run(log, "initdb", arguments) != 0) {
          throw new IllegalStateException(
              "No PostgreSQL data folder could be made at %s; the end of %s:%n%s"
                  .formatted(data, log, end(log)));
        }
      } finally {
        Files.delete(password);
      }
      Files.move(unfinished, data, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void stop(
      ProcessHandle postmaster, PostgresBinaries binaries, Path data, Path log) {
    for (String mode : List.of("fast", "immediate")) {
      List<String> arguments =
          List.of("stop", "--wait", "--timeout=8", "--mode=" + mode, "--pgdata=" + data);
      if (binaries.run(log, "pg_ctl", arguments) == 0) {
        awaitEnd(List.of(postmaster));
        return;
      }
    }
    kill(postmaster);
  }

  private static void kill(ProcessHandle postmaster) {
    // Its children too: one left alone holds the shared memory, and the next server refuses that.
    List<ProcessHandle> all = new ArrayList<>(List.of(postmaster));
    postmaster.descendants().forEach(all::add);
    all.forEach(ProcessHandle::destroyForcibly);
    awaitEnd(all);
  }

  private static void awaitEnd(List<ProcessHandle> processes) {
    Awaitility.await("the end of PostgreSQL's processes")
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> processes.stream().noneMatch(LocalPostgres::runs));
  }

  /** Not so one that ended and waits to be reaped, for ever where process 1 reaps none. */
  private static boolean runs(ProcessHandle process) {
    return process.isAlive() && process.info().command().isPresent();
  }

  /** The live server of this data folder; a process id in the file alone proves nothing. */
  private static Optional<ProcessHandle> postmaster(Path data) {
    try {
      List<String> lines = Files.readAllLines(data.resolve(PID_FILE));
      if (lines.size() < 2 || !Files.isSameFile(Path.of(lines.get(1)), data)) {
        return Optional.empty();
      }
      return ProcessHandle.of(Long.parseLong(lines.get(0).strip()))
          .filter(process -> isPostgresOn(process.info(), lines.get(1)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static boolean isPostgresOn(ProcessHandle.Info process, String data) {
    boolean postgres =
        process
            .command()
            .map(command -> Path.of(command).getFileName().toString())
            .filter(name -> name.equals("postgres") || name.equals("postgres.exe"))
            .isPresent();
    // Windows does not tell a process's arguments.
    return postgres
        && process.arguments().map(arguments -> List.of(arguments).contains(data)).orElse(true);
  }

  private static String end(Path log) {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
