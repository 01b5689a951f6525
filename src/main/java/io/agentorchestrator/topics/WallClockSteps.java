package io.agentorchestrator.topics;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Finds out whether the machine's wall clock was moved. Kafka's clients count by it: put back by an
 * hour, it leaves them waiting for an hour with what they had just begun to wait for. So whoever
 * has some asks now and then, and makes them anew.
 */
@Component
public class WallClockSteps {

  /** More than a clock is corrected by between two questions while it is only slewed. */
  private static final Duration NOTABLE = Duration.ofSeconds(5);

  private final InstantSource clock;
  private final LongSupplier nanoTime;

  @Autowired
  public WallClockSteps(InstantSource clock) {
    this(clock, System::nanoTime);
  }

  WallClockSteps(InstantSource clock, LongSupplier nanoTime) {
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /** Follows the clock from now on. */
  public Follower follow() {
    return new Follower();
  }

  /** How far the wall clock is ahead of the one that nobody can move. */
  private long ahead() {
    return clock.millis() - TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong());
  }

  /** Who asks, on one thread. */
  public final class Follower {

    private long ahead = ahead();

    private Follower() {}

    /**
     * Returns by how much the clock was moved since the last question, less than 0 if back; empty
     * if it was not, or by less than 5 s.
     */
    public Optional<Duration> moved() {
      long before = ahead;
      ahead = ahead();
      Duration step = Duration.ofMillis(ahead - before);
      return step.abs().compareTo(NOTABLE) < 0 ? Optional.empty() : Optional.of(step);
    }
  }
}
