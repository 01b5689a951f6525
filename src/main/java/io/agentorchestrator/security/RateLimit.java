package io.agentorchestrator.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * Holds each client to a rate, in this worker: several workers together allow as many times more.
 *
 * <p>What is remembered is bounded. A client that is forgotten begins anew with a whole burst, so a
 * crowd of addresses larger than that is held by nothing here; it is the network's business.
 */
final class RateLimit {

  private static final Duration SECOND = Duration.ofSeconds(1);

  private final int requestsPerSecond;
  private final int burst;
  private final TimeMeter time;
  private final Cache<String, Bucket> buckets;

  /**
   * Sets the rate.
   *
   * @param requestsPerSecond 0 for any number
   * @param burst how many at once
   * @param clients how many are remembered
   */
  RateLimit(int requestsPerSecond, int burst, int clients) {
    // Not bucket4j's own choice, the wall clock: set back by an hour, it would refuse for an hour.
    this(requestsPerSecond, burst, clients, TimeMeter.SYSTEM_NANOTIME);
  }

  /** Likewise, by another time. */
  RateLimit(int requestsPerSecond, int burst, int clients, TimeMeter time) {
    this.requestsPerSecond = requestsPerSecond;
    this.burst = burst;
    this.time = time;
    // Untouched until it is full again, a bucket is as good as a new one.
    Duration full = SECOND.multipliedBy(1 + burst / Math.max(1, requestsPerSecond));
    this.buckets =
        Caffeine.newBuilder()
            .maximumSize(clients)
            .expireAfterAccess(full)
            .ticker(time::currentTimeNanos)
            .build();
  }

  /**
   * Counts one request of a client.
   *
   * @return the seconds, at least 1, after which it may ask again; empty if it may now
   */
  OptionalLong count(String client) {
    if (requestsPerSecond == 0) {
      return OptionalLong.empty();
    }
    ConsumptionProbe probe = buckets.get(client, name -> bucket()).tryConsumeAndReturnRemaining(1);
    return probe.isConsumed()
        ? OptionalLong.empty()
        : OptionalLong.of(
            Math.ceilDiv(Math.max(1, probe.getNanosToWaitForRefill()), SECOND.toNanos()));
  }

  /** How many clients are remembered at the moment. */
  long remembered() {
    buckets.cleanUp();
    return buckets.estimatedSize();
  }

  private Bucket bucket() {
    return Bucket.builder()
        .addLimit(limit -> limit.capacity(burst).refillGreedy(requestsPerSecond, SECOND))
        .withCustomTimePrecision(time)
        .build();
  }
}
