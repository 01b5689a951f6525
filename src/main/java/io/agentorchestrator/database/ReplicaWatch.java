package io.agentorchestrator.database;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Sees how far the read replica is behind the primary: it notes twice a second where the primary's
 * WAL ends, and which of its notes the replica has replayed. The replica shows the database as it
 * was when the newest of those was taken, whatever the clocks of both say; one that is cut off from
 * the primary, or does not answer, grows old by itself.
 */
class ReplicaWatch implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(ReplicaWatch.class);

  private static final Duration ROUND = Duration.ofMillis(500);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

  /** So many rounds that what is longer behind is not worth knowing. */
  private static final int NOTES = 4096;

  private static final String NAME = "agent-orchestrator replica watch";
  private static final String END_OF_WAL = "SELECT pg_current_wal_lsn() - '0/0'";
  private static final String REPLAYED =
      "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() - '0/0' END";

  private final DatabaseConnector primary;
  private final DatabaseConnector replica;
  private final Duration most;
  private final LongSupplier nanoTime;
  private final Deque<Note> notes = new ArrayDeque<>();
  private final WatchThread thread = new WatchThread("replica-watch", this::watch);

  private volatile @Nullable Long asOf;
  private volatile @Nullable String failure;
  private boolean told;

  /** Where the primary's WAL ended when. */
  private record Note(long lsn, long nanos) {}

  /**
   * Watches from {@link #start()} on.
   *
   * @param most how far behind is near enough
   */
  ReplicaWatch(DatabaseConnector primary, DatabaseConnector replica, Duration most) {
    this(primary, replica, most, System::nanoTime);
  }

  ReplicaWatch(
      DatabaseConnector primary, DatabaseConnector replica, Duration most, LongSupplier nanoTime) {
    this.primary = primary;
    this.replica = replica;
    this.most = most;
    this.nanoTime = nanoTime;
  }

  /** Whether reads may go there. */
  boolean isNear() {
    return behind().filter(behind -> behind.compareTo(most) <= 0).isPresent();
  }

  /** How far it is behind at most; empty where nobody knows. */
  Optional<Duration> behind() {
    Long then = asOf;
    return then == null
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(nanoTime.getAsLong() - then));
  }

  /** Why reads do not go there, a sentence; empty where they do. */
  Optional<String> problem() {
    if (isNear()) {
      return Optional.empty();
    }
    String known = failure;
    String why =
        known == null
            ? behind()
                .map(
                    behind ->
                        "is %.1f s behind, more than %d s"
                            .formatted(behind.toMillis() / 1e3, most.toSeconds()))
                .orElse("has not been seen yet")
            : known;
    return Optional.of("The replica %s; the primary answers its reads.".formatted(why));
  }

  /** Notes that a connection could not be had, so that the next reads do not ask for one. */
  void failed(SQLException e) {
    asOf = null;
    failure =
        e.getSQLState() == null // As the pool says that none was free.
            ? "gives no connection in time"
            : "cannot be asked (SQLSTATE %s)".formatted(e.getSQLState());
  }

  private void watch() {
    while (thread.goesOn()) {
      try (Connection here = replica.connect(NAME)) {
        watch(here);
      } catch (SQLException e) {
        failed(e);
        tell();
        thread.pause(AFTER_FAILURE);
      }
    }
  }

  /** Without the primary nothing new is noted, and the replica grows old. */
  private void watch(Connection here) throws SQLException {
    try (Connection there = connectToPrimary()) {
      while (thread.goesOn()) {
        note(there);
        look(here);
        tell();
        thread.pause(ROUND);
      }
    } catch (PrimaryAwayException e) {
      tell();
      thread.pause(AFTER_FAILURE);
    }
  }

  private Connection connectToPrimary() throws PrimaryAwayException {
    try {
      return primary.connect(NAME);
    } catch (SQLException e) {
      throw new PrimaryAwayException(e);
    }
  }

  private void note(Connection there) throws PrimaryAwayException {
    long now = nanoTime.getAsLong(); // Before the question: the answer may be younger.
    try {
      Long end = number(there, END_OF_WAL);
      if (end != null) {
        notes.addLast(new Note(end, now));
      }
    } catch (SQLException e) {
      throw new PrimaryAwayException(e);
    }
    while (notes.size() > NOTES) {
      notes.removeFirst();
    }
  }

  private void look(Connection here) throws SQLException {
    Long replayed = number(here, REPLAYED);
    if (replayed == null) {
      asOf = null;
      failure = "is no standby";
      return;
    }
    Note newest = null;
    while (!notes.isEmpty() && notes.getFirst().lsn() <= replayed) {
      newest = notes.removeFirst();
    }
    if (newest != null) {
      asOf = newest.nanos();
      failure = null;
    }
  }

  private void tell() {
    Optional<String> problem = problem();
    if (problem.isPresent() && !told) {
      LOG.warn(problem.get());
      told = true;
    } else if (problem.isEmpty() && told) {
      LOG.info("The replica answers reads again");
      told = false;
    }
  }

  private static @Nullable Long number(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      long number = row.getLong(1);
      return row.wasNull() ? null : number;
    }
  }

  /** Not the replica's failure. */
  private static final class PrimaryAwayException extends Exception {
    PrimaryAwayException(SQLException cause) {
      super("the primary is away", cause);
    }
  }

  @Override
  public void start() {
    thread.start();
  }

  @Override
  public void stop() {
    thread.stop();
  }

  @Override
  public boolean isRunning() {
    return thread.isRunning();
  }
}
