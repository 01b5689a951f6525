package io.agentorchestrator.services;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a probe saw.
 *
 * @param outcome how it ended
 * @param error what was wrong, a sentence in our own words, for what others send may be anything;
 *     null if nothing was
 * @param responseTime how long the answer took; null without one
 * @param took how long the probe took
 */
record Observation(
    Outcome outcome, @Nullable String error, @Nullable Duration responseTime, Duration took) {

  /** A good answer. */
  static Observation answered(MonitoredService service, Duration took) {
    Duration slow = service.slowThreshold();
    return slow == null || took.compareTo(slow) <= 0
        ? new Observation(Outcome.OK, null, took, took)
        : new Observation(
            Outcome.SLOW,
            "It answered in %d ms, more than %d ms.".formatted(took.toMillis(), slow.toMillis()),
            took,
            took);
  }

  /** An answer with another status. */
  static Observation unexpected(MonitoredService service, int status, Duration took) {
    return new Observation(
        Outcome.UNEXPECTED_STATUS,
        "It answered with status %d instead of %s.".formatted(status, service.expectedStatus()),
        took,
        took);
  }

  /** No good answer. */
  static Observation failed(Outcome outcome, String error, Duration took) {
    return new Observation(outcome, error, null, took);
  }

  /** No answer in time. */
  static Observation timedOut(MonitoredService service) {
    return failed(
        Outcome.TIMED_OUT,
        "It did not answer within %d ms.".formatted(service.timeout().toMillis()),
        service.timeout());
  }
}
