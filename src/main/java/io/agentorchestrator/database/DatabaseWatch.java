package io.agentorchestrator.database;

import io.agentorchestrator.shutdown.OutOfMemory;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Looks at the database every few seconds, on every worker, so that metrics tell of it whether or
 * not anybody asks for its health, and whatever else the worker may be waiting for: {@code
 * orchestrator_database_up}, and through {@link io.agentorchestrator.log.ReplicationSlots} how the
 * relay stands. {@code orchestrator_replica_lag_seconds} is there where there is a replica.
 *
 * <p>On a thread of its own: scheduled work with a fixed delay shares one, and some of that waits
 * for a connection of the pool while the database is away.
 */
@Component
class DatabaseWatch implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseWatch.class);

  /** A look that fails leaves time for others before what the last one showed is too old. */
  private static final Duration ROUND = Duration.ofSeconds(3);

  /** What was seen holds for so long; then it is not known, and NaN. */
  private static final Duration HOLDS = Duration.ofSeconds(10);

  private final DatabaseProbe probe;
  private final LongSupplier nanoTime;
  private volatile @Nullable Seen last;
  private final WatchThread thread = new WatchThread("database-watch", this::watch);

  /** Whether the database answered, and when that was. */
  private record Seen(boolean isUp, long nanos) {}

  @Autowired
  DatabaseWatch(DatabaseProbe probe, ObjectProvider<ReplicaWatch> replica, MeterRegistry registry) {
    this(probe, registry, System::nanoTime);
    replica.ifAvailable(
        watch ->
            Gauge.builder("orchestrator.replica.lag.seconds", watch, DatabaseWatch::behind)
                .description("How far the replica is behind at most; NaN where that is not known")
                .baseUnit("seconds")
                .register(registry));
  }

  DatabaseWatch(DatabaseProbe probe, MeterRegistry registry, LongSupplier nanoTime) {
    this.probe = probe;
    this.nanoTime = nanoTime;
    Gauge.builder("orchestrator.database.up", this, DatabaseWatch::up)
        .description("1 while PostgreSQL answers this worker, else 0")
        .register(registry);
  }

  private static double behind(ReplicaWatch replica) {
    return replica.behind().map(behind -> behind.toNanos() / 1e9).orElse(Double.NaN);
  }

  private double up() {
    Seen seen = last;
    if (seen == null || nanoTime.getAsLong() - seen.nanos() >= HOLDS.toNanos()) {
      return Double.NaN;
    }
    return seen.isUp() ? 1 : 0;
  }

  /** Looks once. */
  void look() {
    boolean isUp = probe.look().answer().isGiven();
    last = new Seen(isUp, nanoTime.getAsLong());
  }

  private void watch() {
    while (thread.goesOn()) {
      try {
        look();
      } catch (RuntimeException | Error e) {
        OutOfMemory.endProcess(e);
        // Without the next look, nobody would know.
        LOG.error("The database cannot be watched; tried again", e);
      }
      thread.pause(ROUND);
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
