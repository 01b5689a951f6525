package io.agentorchestrator.services;

import com.fasterxml.jackson.annotation.JsonValue;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.persistence.EnumeratedValue;
import java.util.Locale;

/**
 * What is held of a service.
 *
 * <p>With the service's failure-threshold F and success-threshold S, the first of these that holds
 * says what it becomes:
 *
 * <ul>
 *   <li>the last F probes failed: unhealthy;
 *   <li>unknown, and the last was good, or slow: healthy, or degraded;
 *   <li>healthy, and the last F failed or were slow: degraded;
 *   <li>degraded, and the last S were good: healthy;
 *   <li>unhealthy, and the last S were good, or good and slow: healthy, or degraded.
 * </ul>
 */
@Schema(description = "unknown before it is judged and after its URL was changed.")
enum ServiceStatus {
  /** Not judged yet, or not since its URL was changed. */
  UNKNOWN,
  /** It answers as expected, and in good time. */
  HEALTHY,
  /** It answers, but slowly or not always. */
  DEGRADED,
  /** It does not answer as expected. */
  UNHEALTHY;

  @EnumeratedValue private final String value = name().toLowerCase(Locale.ROOT);

  /** Returns the name on the wire and in the database, in lower case. */
  @JsonValue
  public String value() {
    return value;
  }

  /** Returns what is to be held of the service after the probes that {@code streaks} tells of. */
  ServiceStatus next(Streaks streaks, MonitoredService service) {
    int worse = service.failureThreshold();
    int better = service.successThreshold();
    if (streaks.failures() >= worse) {
      return UNHEALTHY;
    }
    return switch (this) {
      case UNKNOWN -> streaks.successes() > 0 ? HEALTHY : streaks.answers() > 0 ? DEGRADED : this;
      case HEALTHY -> streaks.impaired() >= worse ? DEGRADED : this;
      case DEGRADED -> streaks.successes() >= better ? HEALTHY : this;
      case UNHEALTHY ->
          streaks.answers() < better ? this : streaks.successes() >= better ? HEALTHY : DEGRADED;
    };
  }
}
