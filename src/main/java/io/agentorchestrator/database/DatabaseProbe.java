package io.agentorchestrator.database;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.agentorchestrator.log.ReplicationSlotStatus;
import io.agentorchestrator.log.ReplicationSlots;
import io.agentorchestrator.shutdown.OutOfMemory;
import io.agentorchestrator.shutdown.ShutdownBudget;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.stereotype.Component;

/**
 * Looks at the database over a connection of its own, so that an exhausted pool does not look like
 * a database that is away, and within a bounded time, whatever hangs. Who asks meanwhile is told
 * what the look under way shows: however many ask, there is one connection.
 *
 * <p>Whether the database answers is one question, asked first, and what state it is in are others:
 * a table that somebody has locked, or a catalogue that is slow, leaves these unknown and changes
 * nothing about the first. So each is told as soon as it is known.
 */
@Component
class DatabaseProbe implements DisposableBean {

  /**
   * Whether the database answers at all.
   *
   * @param latencyMs how long the simplest statement took, in milliseconds; null where the database
   *     is away
   * @param serverVersion PostgreSQL's version, or null likewise
   * @param problem why it is said to be away; null where it is not
   */
  record Answer(
      @Nullable Double latencyMs, @Nullable String serverVersion, @Nullable String problem) {

    static Answer none(String problem) {
      return new Answer(null, null, problem);
    }

    boolean isGiven() {
      return latencyMs != null;
    }

    /** Whether even the simplest statement takes long, or is not answered. */
    boolean isSlow() {
      return latencyMs == null || latencyMs > MAX_LATENCY_MS;
    }
  }

  /**
   * What one look showed.
   *
   * @param answer whether the database answers; if not, nothing else is known
   * @param schemaVersion the newest migration's version; null where there is none, or not known
   * @param slot the replication slot
   * @param housekeeping whether PostgreSQL gets to clear away
   * @param problems what is wrong, and what could not be read, one sentence each
   */
  record Findings(
      Answer answer,
      @Nullable String schemaVersion,
      ReplicationSlot slot,
      Housekeeping housekeeping,
      List<String> problems) {}

  /** Reads one of them, and adds what is wrong. */
  private interface Reader<T> {

    @Nullable T read(List<String> problems);
  }

  /** One of the things that are looked at; null is not known. */
  private record Part<T>(@Nullable T value, List<String> problems) {

    static <T> Part<T> read(Reader<T> reader) {
      List<String> problems = new ArrayList<>();
      return new Part<>(reader.read(problems), problems);
    }

    /** Of who would not wait for it any longer. */
    static <T> Part<T> missing(String what) {
      return new Part<>(null, List.of(what + " cannot be read in time."));
    }
  }

  /** A look, under way or over. */
  private static final class Look {
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();
    private final CompletableFuture<Part<String>> schemaVersion = new CompletableFuture<>();
    private final CompletableFuture<Part<ReplicationSlot>> slot = new CompletableFuture<>();
    private final CompletableFuture<Part<Housekeeping>> housekeeping = new CompletableFuture<>();
    private final CountDownLatch end = new CountDownLatch(1);
  }

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseProbe.class);

  /** What takes longer for the simplest statement is slow. */
  private static final double MAX_LATENCY_MS = 1000;

  private static final long TIMEOUT_MILLIS = 1500;

  private static final Answer NO_ANSWER =
      Answer.none("PostgreSQL has not answered for %d ms.".formatted(TIMEOUT_MILLIS));

  /**
   * For all but the simplest statement, which may take as long as somebody waits for it. Two that
   * are given up leave time for the others.
   */
  private static final String LIMITS =
      """
      SELECT set_config('lock_timeout', '200ms', false),
        set_config('statement_timeout', '500ms', false)
      """;

  private static final String SCHEMA_VERSION =
      """
      SELECT version FROM flyway_schema_history WHERE success AND version IS NOT NULL
      ORDER BY installed_rank DESC LIMIT 1
      """;

  private static final String THE_SCHEMA_VERSION = "The schema's version";
  private static final String THE_SLOT = "The replication slot";
  private static final String THE_LAG = "The age of the oldest entry that is not published";

  private final JdbcConnectionDetails database;
  private final ReplicationSlots slots;
  private final String slotName;
  private @Nullable Look look;

  DatabaseProbe(
      JdbcConnectionDetails database,
      ReplicationSlots slots,
      @Value("${orchestrator.relay.slot}") String slotName) {
    this.database = database;
    this.slots = slots;
    this.slotName = slotName;
  }

  /** Looks whether the database answers, for at most 1.5 s, and at nothing else. */
  Answer answer() {
    return answer(current());
  }

  /** Looks at all, for at most 1.5 s. What is not read by then is not known. */
  Findings look() {
    Look current = current();
    try {
      boolean over = current.end.await(TIMEOUT_MILLIS, MILLISECONDS);
      return over || current.answer.isDone() ? findings(current) : unanswered(NO_ANSWER);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return unanswered(Answer.none("The look at PostgreSQL was interrupted."));
    }
  }

  /** Leaves no session behind, unless PostgreSQL hangs. */
  @Override
  public void destroy() throws InterruptedException {
    Look last;
    synchronized (this) {
      last = look;
    }
    if (last != null && !last.end.await(ShutdownBudget.READS_POOL.toMillis(), MILLISECONDS)) {
      LOG.debug("A look at PostgreSQL is not over; its connection ends with the process");
    }
  }

  private static Answer answer(Look look) {
    try {
      return look.answer.get(TIMEOUT_MILLIS, MILLISECONDS);
    } catch (TimeoutException e) {
      return NO_ANSWER;
    } catch (ExecutionException e) {
      return Answer.none("The look at PostgreSQL failed.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Answer.none("The look at PostgreSQL was interrupted.");
    }
  }

  private synchronized Look current() {
    Look last = look;
    if (last != null && last.end.getCount() > 0) {
      return last;
    }
    Look next = new Look();
    Thread.ofVirtual().name("database-probe").start(() -> run(next));
    look = next;
    return next;
  }

  /** Ends it whatever happens: a look that never ends would be the last one. */
  private void run(Look next) {
    try {
      take(next);
    } catch (Throwable e) {
      OutOfMemory.endProcess(e);
      LOG.error("The look at PostgreSQL failed", e);
    } finally {
      next.answer.complete(Answer.none("The look at PostgreSQL failed."));
      next.end.countDown();
    }
  }

  private void take(Look next) {
    try (Connection connection = DriverManager.getConnection(database.getJdbcUrl(), settings())) {
      next.answer.complete(ask(connection));
      single(connection, LIMITS);
      next.schemaVersion.complete(
          Part.read(
              problems ->
                  Attempt.read(
                      THE_SCHEMA_VERSION, problems, () -> single(connection, SCHEMA_VERSION))));
      next.slot.complete(Part.read(problems -> slot(connection, problems)));
      next.housekeeping.complete(Part.read(problems -> Housekeeping.read(connection, problems)));
    } catch (SQLException e) {
      // Neither its message nor its cause is shown: they may name users and hosts.
      next.answer.complete(
          Answer.none("PostgreSQL cannot be asked (SQLSTATE %s).".formatted(e.getSQLState())));
    }
  }

  private static Answer ask(Connection connection) throws SQLException {
    long start = System.nanoTime();
    String version = single(connection, "SHOW server_version");
    return new Answer(Math.round((System.nanoTime() - start) / 1e3) / 1e3, version, null);
  }

  private Findings findings(Look shown) {
    Answer answer = answer(shown);
    if (!answer.isGiven()) {
      return unanswered(answer);
    }
    Part<String> schemaVersion = shown.schemaVersion.getNow(Part.missing(THE_SCHEMA_VERSION));
    Part<ReplicationSlot> slot = shown.slot.getNow(Part.missing(THE_SLOT));
    Part<Housekeeping> housekeeping =
        shown.housekeeping.getNow(Part.missing(Housekeeping.WHAT_IT_IS));
    List<String> problems = new ArrayList<>();
    problems.addAll(schemaVersion.problems());
    problems.addAll(slot.problems());
    problems.addAll(housekeeping.problems());
    return new Findings(
        answer,
        schemaVersion.value(),
        Objects.requireNonNullElse(slot.value(), ReplicationSlot.unknown(slotName)),
        Objects.requireNonNullElse(housekeeping.value(), Housekeeping.UNKNOWN),
        problems);
  }

  private Findings unanswered(Answer answer) {
    return new Findings(
        answer,
        null,
        ReplicationSlot.unknown(slotName),
        Housekeeping.UNKNOWN,
        List.of(Objects.requireNonNull(answer.problem())));
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

  /** The lag first: it reads tables, which somebody may have locked; the slot's row is in none. */
  private @Nullable ReplicationSlot slot(Connection connection, List<String> problems) {
    Double lag = Attempt.read(THE_LAG, problems, () -> slots.lagSeconds(connection));
    return Attempt.read(THE_SLOT, problems, () -> judge(slots.read(connection), lag, problems));
  }

  private ReplicationSlot judge(
      Optional<ReplicationSlotStatus> found, @Nullable Double lag, List<String> problems) {
    if (found.isEmpty()) {
      problems.add("There is no replication slot %s.".formatted(slotName));
      return ReplicationSlot.missing(slotName);
    }
    addProblems(found.get(), problems);
    return ReplicationSlot.of(found.get(), lag);
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
