package io.agentorchestrator.services;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.log.Appended;
import io.agentorchestrator.log.Cause;
import io.agentorchestrator.log.Decision;
import io.agentorchestrator.log.Folds;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceHealthTest {

  private static final Instant NOW = Instant.parse("2026-11-26T09:00:00.123456Z");
  private static final Instant LATER = NOW.plusSeconds(30);
  private static final Cause CAUSE = Appended.causedBy("probe-1");
  private static final Duration TOOK = Duration.ofMillis(12);

  private final MonitoredService service = Services.at("https://a.example/");

  private static Observation seen(char outcome) {
    return switch (outcome) {
      case 'o' -> new Observation(Outcome.OK, null, TOOK, TOOK);
      case 's' -> new Observation(Outcome.SLOW, "It was slow.", TOOK, TOOK);
      case 'f' -> Observation.failed(Outcome.UNREACHABLE, "It was away.", TOOK);
      default -> throw new IllegalArgumentException();
    };
  }

  private static Streaks streaks(String outcomes) {
    Streaks streaks = Streaks.NONE;
    for (int i = 0; i < outcomes.length(); i++) {
      streaks = streaks.after(seen(outcomes.charAt(i)).outcome());
    }
    return streaks;
  }

  /** What is made of probes that were good (o), slow (s) or failed (f), by 3 bad or 2 good ones. */
  @ParameterizedTest
  @CsvSource({
    "UNKNOWN, o, HEALTHY",
    "UNKNOWN, s, DEGRADED",
    "UNKNOWN, f, UNKNOWN",
    "UNKNOWN, ff, UNKNOWN",
    "UNKNOWN, fff, UNHEALTHY",
    "UNKNOWN, ffo, HEALTHY",
    "HEALTHY, o, HEALTHY",
    "HEALTHY, s, HEALTHY",
    "HEALTHY, ss, HEALTHY",
    "HEALTHY, sss, DEGRADED",
    "HEALTHY, f, HEALTHY",
    "HEALTHY, ff, HEALTHY",
    "HEALTHY, sff, DEGRADED",
    "HEALTHY, ffs, DEGRADED",
    "HEALTHY, fff, UNHEALTHY",
    "HEALTHY, ffoff, HEALTHY",
    "HEALTHY, sfof, HEALTHY",
    "DEGRADED, o, DEGRADED",
    "DEGRADED, oo, HEALTHY",
    "DEGRADED, oso, DEGRADED",
    "DEGRADED, s, DEGRADED",
    "DEGRADED, ssssss, DEGRADED",
    "DEGRADED, sff, DEGRADED",
    "DEGRADED, fff, UNHEALTHY",
    "UNHEALTHY, f, UNHEALTHY",
    "UNHEALTHY, ffff, UNHEALTHY",
    "UNHEALTHY, o, UNHEALTHY",
    "UNHEALTHY, s, UNHEALTHY",
    "UNHEALTHY, ofo, UNHEALTHY",
    "UNHEALTHY, oo, HEALTHY",
    "UNHEALTHY, so, DEGRADED",
    "UNHEALTHY, os, DEGRADED",
    "UNHEALTHY, ss, DEGRADED"
  })
  void goesByTheLastProbesInARow(ServiceStatus from, String outcomes, ServiceStatus to) {
    assertThat(from.next(streaks(outcomes), service)).isEqualTo(to);
  }

  @Test
  void goesByTheThresholdsOfTheService() {
    MonitoredService strict =
        Services.at("http://a.example", "failure-threshold", "1", "success-threshold", "1");

    assertThat(ServiceStatus.UNKNOWN.next(streaks("f"), strict)).isEqualTo(ServiceStatus.UNHEALTHY);
    assertThat(ServiceStatus.HEALTHY.next(streaks("s"), strict)).isEqualTo(ServiceStatus.DEGRADED);
    assertThat(ServiceStatus.UNHEALTHY.next(streaks("o"), strict)).isEqualTo(ServiceStatus.HEALTHY);
    assertThat(ServiceStatus.UNHEALTHY.next(streaks("s"), strict))
        .isEqualTo(ServiceStatus.DEGRADED);
  }

  @Test
  void beginsWithAnEventThatHoldsAllItsFields() {
    ServiceHealth health = new ServiceHealth(service, NOW);
    LogBatch log = new LogBatch(NOW);

    judged(health, "o", log);

    Appended event = Appended.to(log).getFirst();
    assertThat(event.type()).isEqualTo(EventType.SERVICE_HEALTH_CHANGED);
    assertThat(event.entityVersion()).isEqualTo(1);
    assertThat(event.changes().keySet())
        .containsExactly("name", "url", "status", "error", "created_at", "updated_at");
    assertThat(event.occurred().status()).isEqualTo(EventStatus.SUCCESS);
    assertThat(event.occurred().details())
        .isEqualTo(
            Map.of("from", ServiceStatus.UNKNOWN, "to", ServiceStatus.HEALTHY, "outcome", "ok"));
    assertThat(event.occurred().message()).isEqualTo("Service Billing is healthy.");
  }

  /** As {@link ServiceChecks} does it. */
  private void judged(ServiceHealth health, String outcomes, LogBatch log) {
    Decision decision =
        health.probed(service, streaks(outcomes), seen(outcomes.charAt(outcomes.length() - 1)));
    if (decision instanceof Decision.Occurred occurred) {
      log.created(CAUSE, health, occurred);
    }
  }

  @Test
  void tellsWhatIsWrongAndThatItIsNoMore() {
    ServiceHealth health = new ServiceHealth(service, NOW);
    LogBatch first = new LogBatch(NOW);
    judged(health, "o", first);
    LogBatch then = new LogBatch(LATER);

    then.change(CAUSE, health, () -> health.probed(service, streaks("fff"), seen('f')));
    then.change(CAUSE, health, () -> health.probed(service, streaks("oo"), seen('o')));

    assertThat(Appended.to(then))
        .extracting(Appended::changes)
        .isEqualTo(
            List.of(
                changes("status", ServiceStatus.UNHEALTHY, "error", "It was away."),
                changes("status", ServiceStatus.HEALTHY, "error", null)));
    assertThat(Appended.to(then))
        .extracting(each -> each.occurred().message())
        .containsExactly(
            "Service Billing is unhealthy: It was away.", "Service Billing is healthy.");
    Folds folds = new Folds();
    folds.read(Appended.to(first));
    folds.read(Appended.to(then));
    folds.assertTell(health);
  }

  /** The time of the last event is a change of the first of them only. */
  private static Map<String, @Nullable Object> changes(
      String one, Object first, String other, @Nullable Object second) {
    Map<String, @Nullable Object> changes = new HashMap<>();
    changes.put(one, first);
    changes.put(other, second);
    if (second != null) {
      changes.put("updated_at", LATER);
    }
    return changes;
  }

  @Test
  void tellsNothingWhereNothingChanges() {
    ServiceHealth health = new ServiceHealth(service, NOW);
    judged(health, "o", new LogBatch(NOW));
    var before = health.representation();
    LogBatch log = new LogBatch(LATER);

    for (String each : List.of("o", "s", "f", "ff", "ss")) {
      log.change(
          CAUSE,
          health,
          () -> health.probed(service, streaks(each), seen(each.charAt(each.length() - 1))));
    }

    assertThat(Appended.to(log)).isEmpty();
    assertThat(health.representation()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({"f, UNKNOWN", "o, HEALTHY", "s, DEGRADED", "fff, UNHEALTHY"})
  void isJudgedAnewAtAnotherUrl(String outcomes, ServiceStatus status) {
    ServiceHealth health = new ServiceHealth(service, NOW);
    judged(health, "o", new LogBatch(NOW));
    MonitoredService moved = Services.at("https://b.example/");
    LogBatch log = new LogBatch(LATER);

    log.change(
        CAUSE,
        health,
        () ->
            health.probed(moved, streaks(outcomes), seen(outcomes.charAt(outcomes.length() - 1))));

    Appended event = Appended.to(log).getFirst();
    assertThat(health.status()).isEqualTo(status);
    assertThat(event.changes().get("url")).isEqualTo(moved.url());
    assertThat(event.occurred().details())
        .isEqualTo(
            Map.of(
                "from",
                ServiceStatus.UNKNOWN,
                "to",
                status,
                "outcome",
                seen(outcomes.charAt(outcomes.length() - 1)).outcome().value()));
  }
}
