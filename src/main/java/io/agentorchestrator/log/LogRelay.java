package io.agentorchestrator.log;

import io.agentorchestrator.log.RelayRefusedException.Remedy;
import io.agentorchestrator.shutdown.OutOfMemory;
import io.agentorchestrator.shutdown.ShutdownBudget;
import io.agentorchestrator.topics.TopicProperties;
import io.agentorchestrator.topics.TopicSetup;
import io.agentorchestrator.topics.WallClockSteps;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.springframework.context.SmartLifecycle;

/**
 * Publishes the orchestration log to Kafka, every entry once: reads the WAL with Debezium, on the
 * one worker that holds {@link RelayLeadership}.
 *
 * <p>Each start goes through the same steps, in this order; another order would lose or repeat
 * events. (1) Take the lock. (2) Fence the predecessor's producer on Kafka. (3) Only now read its
 * checkpoint. (4) Check the lock again, let the workers write if the database has forgotten
 * nothing, and end the predecessor's replication session. (5) Check that the slot goes on at the
 * checkpoint, and write the first checkpoint down. (6) Start the engine from the checkpoint. (7)
 * Check the slot again now that the engine holds it, and only then publish. Whatever fails, all is
 * given up and begun anew, after a pause that grows from 0.5 s to 30 s as long as nothing gets
 * published. Only {@link #stop()} ends it: not even an {@link Error} does, for a relay that is gone
 * without saying so is the worst.
 */
final class LogRelay implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(LogRelay.class);

  private static final Duration PING = Duration.ofSeconds(2);
  private static final Duration STARTING = Duration.ofSeconds(60);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  /** Somebody acts, and waits for it to be seen. */
  private static final Duration LONGEST_PAUSE_WHEN_REFUSED = Duration.ofSeconds(5);

  /** How soon a lock that is lost and an engine that ended are noticed. */
  private static final Duration MOMENT = Duration.ofMillis(100);

  private static final long MOMENTS_PER_PING = PING.dividedBy(MOMENT);

  /** Progress is written down this often even if there was none; it is what moves the slot. */
  private static final long MOMENTS_PER_HEARTBEAT = 5 * MOMENTS_PER_PING;

  private final RelayProperties properties;
  private final RelayDatabase database;
  private final TopicProperties topics;
  private final TopicSetup topicSetup;
  private final Map<String, Object> kafka;
  private final RelayMetrics metrics;
  private final InstantSource clock;
  private final WallClockSteps steps;

  private volatile RelayStatus status =
      new RelayStatus(RelayStatus.State.STOPPED, Instant.EPOCH, null);
  private volatile @Nullable Thread thread;
  private volatile CountDownLatch stopping = new CountDownLatch(1);
  private int failures;

  LogRelay(
      RelayProperties properties,
      RelayDatabase database,
      TopicProperties topics,
      TopicSetup topicSetup,
      Map<String, Object> kafka,
      RelayMetrics metrics,
      InstantSource clock,
      WallClockSteps steps) {
    this.steps = steps;
    this.properties = properties;
    this.database = database;
    this.topics = topics;
    this.topicSetup = topicSetup;
    this.kafka = Map.copyOf(kafka);
    this.metrics = metrics;
    this.clock = clock;
  }

  /** Returns what the relay does now. */
  RelayStatus status() {
    return status;
  }

  @Override
  public boolean isAutoStartup() {
    return properties.enabled();
  }

  /** Starts before the listeners of commands, and stops after them. */
  @Override
  public int getPhase() {
    return DEFAULT_PHASE - 1000;
  }

  @Override
  public boolean isRunning() {
    return thread != null;
  }

  @Override
  public synchronized void start() {
    if (thread != null) {
      return;
    }
    stopping = new CountDownLatch(1);
    failures = 0;
    enter(RelayStatus.State.STARTING);
    Thread relay = Thread.ofPlatform().name("relay").unstarted(this::run);
    thread = relay;
    relay.start();
  }

  @Override
  public void stop() {
    CountDownLatch stopped = new CountDownLatch(1);
    stop(stopped::countDown);
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public synchronized void stop(Runnable callback) {
    Thread relay = thread;
    if (relay == null) {
      callback.run();
      return;
    }
    stopping.countDown();
    relay.interrupt();
    Thread.ofVirtual()
        .name("relay-stop")
        .start(
            () -> {
              try {
                if (relay.join(ShutdownBudget.RELAY)) {
                  thread = null;
                } else {
                  LOG.warn("The relay does not end; what it has begun is left to the next one");
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } finally {
                callback.run();
              }
            });
  }

  private void run() {
    while (stopping.getCount() > 0) {
      try {
        lead();
      } catch (InterruptedException e) {
        // Only to stop.
      } catch (Throwable e) {
        OutOfMemory.endProcess(e);
        failures++;
        if (stopping.getCount() > 0) {
          metrics.failed(e);
        }
        tell(e);
      }
      pause();
    }
    enter(RelayStatus.State.STOPPED);
  }

  /** Leads until something fails. */
  private void lead() throws SQLException, InterruptedException {
    try (RelayLeadership leadership = RelayLeadership.stand(database, properties.slot())) {
      Connection connection = leadership.connection();
      awaitLock(leadership);
      topicSetup.ensure();
      try (RelayProducer producer =
          new RelayProducer(topics.relayCheckpoint(), properties.slot(), kafka)) {
        producer.fencePredecessor();
        RelayStart start = RelayStart.read(topics, properties.slot(), kafka);
        leadership.verify();
        confirmHistory(connection, start);
        ReplicationSlot.free(connection, properties.slot());
        RelayCheckpoint from = start.from(connection);
        if (start.checkpoint().isEmpty()) {
          // With none, a slot that is made anew before the first event would pass for this one.
          producer.publish(List.of(), from);
        }
        publish(leadership, producer, from);
      }
    }
  }

  /** Lets everybody write, or nobody. What is wrong with the slot alone keeps nobody from it. */
  private void confirmHistory(Connection connection, RelayStart start) throws SQLException {
    try {
      start.requireHistory(connection);
      RelayConfirmation.make(connection, properties.slot());
    } catch (RelayRefusedException e) {
      if (e.remedy() == Remedy.REPAIR_AFTER_RESTORE) {
        RelayConfirmation.takeBack(connection);
      }
      throw e;
    }
  }

  private void awaitLock(RelayLeadership leadership) throws SQLException, InterruptedException {
    while (!leadership.tryAcquire()) {
      enter(RelayStatus.State.STANDBY);
      failures = 0;
      if (stopping.await(PING.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new InterruptedException();
      }
    }
  }

  private void publish(RelayLeadership leadership, RelayProducer producer, RelayCheckpoint start)
      throws SQLException, InterruptedException {
    LogPublisher publisher =
        new LogPublisher(producer, new EventRecords(topics), properties, metrics, start);
    String schema = leadership.connection().getSchema();
    try (RelayEngine engine =
        new RelayEngine(
            RelayEngine.settings(database, properties, schema, start.commitLsn()), publisher)) {
      metrics.leads(publisher::committed);
      try {
        engine.start();
        awaitStream(leadership, engine, start);
        publisher.release();
        enter(RelayStatus.State.LEADING);
        watch(leadership, publisher, engine);
      } catch (SQLException | RuntimeException | Error e) {
        // Now, for the engine may take long to end while a server hangs.
        tell(e);
        throw e;
      } finally {
        publisher.halt();
        metrics.leadsNoLonger();
        if (!publisher.committed().equals(start)) {
          failures = 0;
        }
      }
    }
  }

  /**
   * Waits until the engine streams from the slot, which then can neither be dropped nor made anew.
   *
   * @throws RelayRefusedException if that happened while the engine started
   */
  private void awaitStream(RelayLeadership leadership, RelayEngine engine, RelayCheckpoint start)
      throws SQLException, InterruptedException {
    long deadline = System.nanoTime() + STARTING.toNanos();
    while (!isStreaming(leadership, start)) {
      leadership.requireHeld();
      if (engine.awaitEnd(MOMENT)) {
        throw new IllegalStateException("The engine ended.", engine.failure());
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "Expected the engine to read within %s, but it does not.".formatted(STARTING));
      }
    }
  }

  private boolean isStreaming(RelayLeadership leadership, RelayCheckpoint start)
      throws SQLException {
    ReplicationSlot slot = ReplicationSlot.read(leadership.connection(), properties.slot());
    slot.requireContinues(start);
    return slot.active();
  }

  /** Returns never but by an exception. */
  private void watch(RelayLeadership leadership, LogPublisher publisher, RelayEngine engine)
      throws SQLException, InterruptedException {
    WallClockSteps.Follower wallClock = steps.follow();
    for (long moment = 1; !engine.awaitEnd(MOMENT); moment++) {
      leadership.requireHeld();
      if (moment % MOMENTS_PER_PING == 0) {
        requireUnmoved(wallClock);
        Instant publishedUntil = publisher.committed().publishedUntil();
        if (leadership.isNews(publishedUntil)
            || moment % MOMENTS_PER_HEARTBEAT == MOMENTS_PER_PING) {
          leadership.writeProgress(publishedUntil);
        }
      }
    }
    throw new IllegalStateException("The engine ended.", engine.failure());
  }

  /** Fails if it was: then all is done anew, with clients of Kafka that know the time. */
  private static void requireUnmoved(WallClockSteps.Follower wallClock) {
    wallClock
        .moved()
        .ifPresent(
            step -> {
              throw new IllegalStateException("The wall clock was moved by %s.".formatted(step));
            });
  }

  private void pause() {
    if (stopping.getCount() == 0 || failures == 0) {
      return;
    }
    Duration longest =
        status.state() == RelayStatus.State.REFUSED ? LONGEST_PAUSE_WHEN_REFUSED : LONGEST_PAUSE;
    long pause = Math.min(longest.toMillis(), FIRST_PAUSE.toMillis() << Math.min(failures - 1, 10));
    long jittered = ThreadLocalRandom.current().nextLong(pause / 2, pause + 1);
    try {
      stopping.await(jittered, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      // Only to stop.
    }
  }

  private void tell(Throwable failure) {
    boolean isRefused = failure instanceof RelayRefusedException;
    if (!isRefused && stopping.getCount() == 0) {
      return; // What fails at the end does so because it ends.
    }
    RelayStatus.State state = isRefused ? RelayStatus.State.REFUSED : RelayStatus.State.BACKING_OFF;
    RelayStatus before = status;
    String reason = reason(failure);
    status = new RelayStatus(state, since(before, state), reason);
    // A refusal may name positions that move on with every look.
    boolean changed =
        before.state() != state
            || (state == RelayStatus.State.BACKING_OFF && !reason.equals(before.reason()));
    boolean isError = causes(failure).anyMatch(Error.class::isInstance);
    Level level = isError ? Level.ERROR : level(state);
    LOG.atLevel(changed ? level : Level.DEBUG)
        .addKeyValue("before", before.state())
        .setCause(isError || !changed ? failure : null)
        .log("Relay is now {}: {}", state, isRefused ? reason : messages(failure));
  }

  private void enter(RelayStatus.State state) {
    RelayStatus before = status;
    status = new RelayStatus(state, since(before, state), null);
    if (before.state() != state) {
      LOG.atLevel(level(state)).addKeyValue("before", before.state()).log("Relay is now {}", state);
    }
  }

  private Instant since(RelayStatus before, RelayStatus.State state) {
    return before.state() == state ? before.since() : clock.instant();
  }

  /** What may be shown to anybody: messages of others may name hosts and users. */
  private static String reason(Throwable failure) {
    return failure instanceof RelayRefusedException refused
        ? String.valueOf(refused.getMessage())
        : causes(failure).map(LogRelay::kind).collect(Collectors.joining(" because of "));
  }

  private static String kind(Throwable cause) {
    String name = cause.getClass().getSimpleName();
    return cause instanceof SQLException sql
        ? "%s (SQLSTATE %s)".formatted(name, sql.getSQLState())
        : name;
  }

  private static String messages(Throwable failure) {
    return causes(failure).map(Throwable::toString).collect(Collectors.joining(" because of "));
  }

  /** The whole chain: the engine wraps much, and the first cause alone says as little. */
  private static Stream<Throwable> causes(Throwable failure) {
    return Stream.iterate(failure, Objects::nonNull, Throwable::getCause);
  }

  private static Level level(RelayStatus.State state) {
    return switch (state) {
      case STOPPED, STARTING, STANDBY, LEADING -> Level.INFO;
      case BACKING_OFF -> Level.WARN;
      case REFUSED -> Level.ERROR;
    };
  }
}
