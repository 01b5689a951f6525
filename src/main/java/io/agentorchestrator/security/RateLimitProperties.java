package io.agentorchestrator.security;

import io.agentorchestrator.security.SecurityProperties.Mode;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How much a client may ask for: a key's name, a token's subject, else an address.
 *
 * @param requestsPerSecond reads a second, 0 (any number) to 1000000; default 100, and under {@code
 *     orchestrator.security.mode=none}, where all on the machine are one client, 0
 * @param burst reads at once after a rest, 1 to 1000000; default twice {@code requests-per-second}
 * @param clients of how many clients it is remembered what they asked for, 100 to 1000000, default
 *     10000; about 300 bytes each
 */
@Validated
@ConfigurationProperties("orchestrator.rest.rate-limit")
public record RateLimitProperties(
    @Min(0) @Max(1_000_000) @Nullable Integer requestsPerSecond,
    @Min(1) @Max(1_000_000) @Nullable Integer burst,
    @Min(100) @Max(1_000_000) @DefaultValue("10000") int clients) {

  private static final int DEFAULT_REQUESTS = 100;

  /** Returns the reads a second under a mode, 0 being any number. */
  int requestsPerSecond(Mode mode) {
    return Objects.requireNonNullElse(requestsPerSecond, mode == Mode.NONE ? 0 : DEFAULT_REQUESTS);
  }

  /** Returns the reads at once under a mode. */
  int burst(Mode mode) {
    return Objects.requireNonNullElse(burst, Math.max(1, 2 * requestsPerSecond(mode)));
  }
}
