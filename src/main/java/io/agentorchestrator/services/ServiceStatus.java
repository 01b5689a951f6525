package io.agentorchestrator.services;

import com.fasterxml.jackson.annotation.JsonValue;
import jakarta.persistence.EnumeratedValue;
import java.util.Locale;

/**
 * What is held of a service.
 *
 * <table>
 * <caption>What it becomes, with failure-threshold F and success-threshold S; the first that holds
 * </caption>
 * <tr><th>from</th><th>if the last probes</th><th>to</th></tr>
 * <tr><td>any</td><td>F failed</td><td>unhealthy</td></tr>
 * <tr><td>unknown</td><td>1 was good and in good time, or slow</td><td>healthy, or degraded</td></tr>
 * <tr><td>healthy</td><td>F failed or were slow</td><td>degraded</td></tr>
 * <tr><td>degraded</td><td>S were good and in good time</td><td>healthy</td></tr>
 * <tr><td>unhealthy</td><td>S were good, all in good time, or not all</td>
 * <td>healthy, or degraded</td></tr>
 * </table>
 */
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
