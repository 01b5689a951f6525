package io.agentorchestrator.pipeline;

import static org.awaitility.Awaitility.await;

import java.time.Duration;

/**
 * The site's clock, moved ahead step by step. Leases run only while somebody hears, so a step is
 * less than what is taken for a gap, and is followed by another only once that moment was heard.
 */
final class MovedClock {

  private final Pipeline pipeline;
  private Duration ahead;
  private long moved = System.nanoTime();

  MovedClock(Pipeline pipeline, Duration ahead) {
    this.pipeline = pipeline;
    this.ahead = ahead;
  }

  /** Moves the clock, and waits until that was heard. */
  void letPass(Duration step) {
    move(step);
    await().atMost(Duration.ofSeconds(30)).until(this::isHeard);
  }

  void move(Duration step) {
    ahead = ahead.plus(step);
    pipeline.moveClock(ahead);
    moved = System.nanoTime();
  }

  /** Whether the agents were heard of since the clock was moved. */
  boolean isHeard() {
    return Settling.count(
            pipeline.site(),
            """
            SELECT count(*) FROM heard_partitions
            WHERE heard_until < orchestrator_clock() - interval '%d milliseconds'
            """
                .formatted((System.nanoTime() - moved) / 1_000_000))
        == 0;
  }
}
