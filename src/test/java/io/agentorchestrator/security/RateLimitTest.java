package io.agentorchestrator.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.security.SecurityProperties.Mode;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RateLimitTest {

  private long nanos;
  private final TimeMeter time =
      new TimeMeter() {
        @Override
        public long currentTimeNanos() {
          return nanos;
        }

        @Override
        public boolean isWallClockBased() {
          return false;
        }
      };

  @Test
  void allowsABurstAndThenARate() {
    RateLimit limit = new RateLimit(2, 3, 100, time);
    for (int i = 0; i < 3; i++) {
      assertThat(limit.count("a")).isEmpty();
    }
    assertThat(limit.count("a")).isEqualTo(OptionalLong.of(1));

    pass(Duration.ofMillis(499));
    assertThat(limit.count("a")).isPresent();
    pass(Duration.ofMillis(1));
    assertThat(limit.count("a")).isEmpty();
    assertThat(limit.count("a")).isPresent();
    pass(Duration.ofHours(1));
    for (int i = 0; i < 3; i++) {
      assertThat(limit.count("a")).isEmpty();
    }
    assertThat(limit.count("a")).isPresent();
  }

  @Test
  void holdsEachClientToARateOfItsOwn() {
    RateLimit limit = new RateLimit(1, 1, 100, time);

    assertThat(limit.count("a")).isEmpty();
    assertThat(limit.count("a")).isPresent();
    assertThat(limit.count("b")).isEmpty();
  }

  @Test
  void remembersABoundedNumberOfClientsAndForgetsTheResting() {
    RateLimit limit = new RateLimit(1, 10, 100, time);
    for (int i = 0; i < 100_000; i++) {
      limit.count("client-" + i);
    }
    assertThat(limit.remembered()).isLessThanOrEqualTo(100);

    pass(Duration.ofSeconds(12));

    assertThat(limit.remembered()).isZero();
  }

  /** A client that was refused and comes again and again must not be forgotten with its debt. */
  @Test
  void doesNotForgetWhoGoesOnAsking() {
    RateLimit limit = new RateLimit(1, 10, 100, time);
    int allowed = 0;
    for (int i = 0; i < 1000; i++) {
      pass(Duration.ofMillis(100));
      allowed += limit.count("a").isEmpty() ? 1 : 0;
    }

    assertThat(allowed).isBetween(100, 110);
  }

  @Test
  void isOffWhereItIsZero() {
    RateLimit limit = new RateLimit(0, 1, 100, time);
    for (int i = 0; i < 1000; i++) {
      assertThat(limit.count("a")).isEmpty();
    }
    assertThat(limit.remembered()).isZero();
  }

  @Test
  void isOffByDefaultWhereAllAreOneClient() {
    RateLimitProperties unset = new RateLimitProperties(null, null, 10_000);

    assertThat(unset.requestsPerSecond(Mode.NONE)).isZero();
    assertThat(unset.requestsPerSecond(Mode.API_KEY)).isEqualTo(100);
    assertThat(unset.burst(Mode.JWT)).isEqualTo(200);
    assertThat(new RateLimitProperties(5, null, 100).requestsPerSecond(Mode.NONE)).isEqualTo(5);
    assertThat(new RateLimitProperties(5, 7, 100).burst(Mode.NONE)).isEqualTo(7);
  }

  @Test
  void takesANetworkOfIpv6ForOneClient() {
    assertThat(Clients.address("2001:db8:1:2:3:4:5:6"))
        .isEqualTo(Clients.address("2001:db8:1:2:ffff::1"))
        .isNotEqualTo(Clients.address("2001:db8:1:3::1"));
    assertThat(Clients.address("192.0.2.1")).isNotEqualTo(Clients.address("192.0.2.2"));
    assertThat(Clients.address("@")).isEqualTo("address:@");
  }

  private void pass(Duration duration) {
    nanos += duration.toNanos();
  }
}
