package io.agentorchestrator.topics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class WallClockStepsTest {

  private final AtomicReference<Instant> clock =
      new AtomicReference<>(Instant.parse("2026-11-25T09:00:00Z"));
  private final AtomicLong nanoTime = new AtomicLong();
  private final WallClockSteps.Follower follower =
      new WallClockSteps(clock::get, nanoTime::get).follow();

  private void pass(Duration wallClock, Duration time) {
    clock.updateAndGet(now -> now.plus(wallClock));
    nanoTime.addAndGet(time.toNanos());
  }

  @Test
  void tellsOfEachStepOnce() {
    pass(Duration.ofSeconds(1), Duration.ofSeconds(1));
    assertThat(follower.moved()).isEmpty();

    pass(Duration.ofHours(1).plusSeconds(1), Duration.ofSeconds(1));
    assertThat(follower.moved()).contains(Duration.ofHours(1));
    assertThat(follower.moved()).isEmpty();

    pass(Duration.ofHours(-2), Duration.ZERO);
    assertThat(follower.moved()).contains(Duration.ofHours(-2));
    assertThat(follower.moved()).isEmpty();
  }

  @Test
  void takesAClockThatIsSlewedForOneThatIsNotMoved() {
    for (int i = 0; i < 100; i++) {
      pass(Duration.ofMillis(1400), Duration.ofSeconds(1));
      assertThat(follower.moved()).isEmpty();
    }
  }
}
