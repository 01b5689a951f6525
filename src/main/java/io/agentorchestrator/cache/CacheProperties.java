package io.agentorchestrator.cache;

import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The cache that answers for a database that is away.
 *
 * @param enabled whether there is a cache where {@code CACHE_REDIS_URL} says so, default true
 * @param redisUrl {@code CACHE_REDIS_URL}: the cache's Redis, 6 or newer, {@code
 *     redis://user:password@host:port/database} or {@code rediss://…}; none by default, and then
 *     there is no cache
 * @param ttl how long what was read is kept, 1 min to 30 days, default 1 day: the oldest answer
 *     there can be, and what bounds Redis's memory
 * @param timeout how long Redis may take, to take a connection and to answer, 10 ms to 5 s, default
 *     200 ms; only reads of a database that is away wait for it
 */
@Validated
@ConfigurationProperties("orchestrator.cache")
record CacheProperties(
    @DefaultValue("true") boolean enabled,
    @Nullable String redisUrl,
    @NotNull @DurationMin(minutes = 1) @DurationMax(days = 30) @DefaultValue("1d") Duration ttl,
    @NotNull @DurationMin(millis = 10) @DurationMax(seconds = 5) @DefaultValue("200ms")
        Duration timeout) {

  /** Leaves the URL out, which may carry a password. */
  @Override
  public String toString() {
    return "CacheProperties[enabled=%s, ttl=%s, timeout=%s]".formatted(enabled, ttl, timeout);
  }
}
