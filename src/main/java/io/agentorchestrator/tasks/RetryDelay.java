package io.agentorchestrator.tasks;

import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How long a failed task waits for its next try: {@code base × factorⁿ}, at most the ceiling, give
 * or take the jitter and never more than the ceiling, so that what failed together does not come
 * back together.
 *
 * @param base the first delay, at least 1 ms, default 1 s
 * @param factor what each further delay is multiplied by, 1 to 10, default 2
 * @param ceiling the longest delay, at least 1 ms, default 60 s
 * @param jitter the part of the delay it may vary by, 0 to 1, default 0.2
 */
@Validated
@ConfigurationProperties("orchestrator.tasks.retry")
public record RetryDelay(
    @DurationMin(millis = 1) @DefaultValue("1s") Duration base,
    @DecimalMin("1") @DecimalMax("10") @DefaultValue("2") double factor,
    @DurationMin(millis = 1) @DefaultValue("60s") Duration ceiling,
    @DecimalMin("0") @DecimalMax("1") @DefaultValue("0.2") double jitter) {

  /**
   * Draws the delay before a try.
   *
   * @param retriesBefore how many retries were used before this one, at least 0
   * @param random the source of the jitter
   */
  Duration next(int retriesBefore, RandomGenerator random) {
    double exact = (double) base.toNanos() * Math.pow(factor, retriesBefore);
    double longest = (double) ceiling.toNanos();
    double capped = Math.min(exact, longest);
    double lower = capped * (1 - jitter);
    double upper = Math.min(capped * (1 + jitter), longest);
    return Duration.ofNanos((long) (lower + (upper - lower) * random.nextDouble()));
  }
}
