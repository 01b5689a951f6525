package io.agentorchestrator.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryDelayTest {

  private static final RetryDelay DEFAULT =
      new RetryDelay(Duration.ofSeconds(1), 2, Duration.ofSeconds(60), 0.2);

  private final RandomGenerator random = new Random(20_261_123);

  @ParameterizedTest
  @CsvSource({
    "0, 800, 1200",
    "1, 1600, 2400",
    "2, 3200, 4800",
    "3, 6400, 9600",
    "4, 12800, 19200",
    "5, 25600, 38400",
    "6, 48000, 60000",
    "10, 48000, 60000",
    "100, 48000, 60000",
    "5000, 48000, 60000"
  })
  void doublesWithEachRetryUpToTheCeiling(int retriesBefore, long min, long max) {
    Duration least = Duration.ofMillis(min);
    Duration most = Duration.ofMillis(max);
    Duration tenth = most.minus(least).dividedBy(10);

    assertThat(draws(DEFAULT, retriesBefore))
        .allMatch(delay -> delay.compareTo(least) >= 0 && delay.compareTo(most) <= 0)
        .anyMatch(delay -> delay.compareTo(least.plus(tenth)) < 0)
        .anyMatch(delay -> delay.compareTo(most.minus(tenth)) > 0);
  }

  @Test
  void isExactWithoutJitter() {
    RetryDelay exact = new RetryDelay(Duration.ofMillis(100), 3, Duration.ofSeconds(1), 0);

    assertThat(exact.next(0, random)).hasMillis(100);
    assertThat(exact.next(1, random)).hasMillis(300);
    assertThat(exact.next(2, random)).hasMillis(900);
    assertThat(exact.next(3, random)).hasMillis(1000);
  }

  @Test
  void isNeverNegative() {
    RetryDelay wild = new RetryDelay(Duration.ofSeconds(1), 1, Duration.ofSeconds(60), 1);

    assertThat(draws(wild, 3))
        .allMatch(delay -> !delay.isNegative() && delay.compareTo(Duration.ofSeconds(2)) <= 0);
  }

  private Stream<Duration> draws(RetryDelay delay, int retriesBefore) {
    return Stream.generate(() -> delay.next(retriesBefore, random)).limit(1000);
  }
}
