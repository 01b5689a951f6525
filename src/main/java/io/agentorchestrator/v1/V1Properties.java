package io.agentorchestrator.v1;

import jakarta.validation.constraints.NotNull;
import java.net.URI;
import java.time.Instant;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The reads of the service before.
 *
 * @param enabled whether there is anything under {@code /api/v1}; default true
 * @param source where it is read: {@code postgresql}, the default, or {@code redis}, the old store
 *     at {@code REDIS_URL}, for as long as that is what counts
 * @param deprecatedAt since when nobody should begin to use it, told in the header {@code
 *     Deprecation}; default 2026-11-23T00:00:00Z
 * @param sunset from when it may be gone, told in the header {@code Sunset}, which takes nothing
 *     away by itself; after {@code deprecated-at}, default 2027-11-23T00:00:00Z
 * @param documentation where callers read what to do instead, a URL or a path of this worker's;
 *     default {@code /docs}
 */
@Validated
@ConfigurationProperties("orchestrator.v1")
record V1Properties(
    @DefaultValue("true") boolean enabled,
    @NotNull @DefaultValue("postgresql") Source source,
    @NotNull @DefaultValue("2026-11-23T00:00:00Z") Instant deprecatedAt,
    @NotNull @DefaultValue("2027-11-23T00:00:00Z") Instant sunset,
    @NotNull @DefaultValue("/docs") URI documentation) {

  /**
   * Sees to it that nothing ends before it is on its way out (RFC 9745, section 4).
   *
   * @throws IllegalArgumentException if it would
   */
  V1Properties {
    if (!sunset.isAfter(deprecatedAt)) {
      throw new IllegalArgumentException(
          "Expected orchestrator.v1.deprecated-at < sunset, but they are %s, %s."
              .formatted(deprecatedAt, sunset));
    }
  }

  /** Where the reads are answered from. */
  enum Source {
    POSTGRESQL,
    REDIS
  }
}
