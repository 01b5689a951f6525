package io.agentorchestrator.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is told is what was read lately, and what is not known is NaN. */
class RelayMetricsTest {

  private static final ReplicationSlotStatus STREAMS =
      new ReplicationSlotStatus("s", true, "extended", 4096L, 512L);

  private static final List<String> OF_THE_SLOT =
      List.of("lag.bytes", "slot.retained.bytes", "slot.active");

  private long now = 1;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final RelayMetrics metrics = new RelayMetrics(meters, () -> now);

  private double told(String name) {
    return meters.get("orchestrator.relay." + name).gauge().value();
  }

  private double walStatus(String state) {
    return meters.get("orchestrator.relay.slot.wal.status").tag("state", state).gauge().value();
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  @Test
  void knowsNothingBeforeAnythingWasRead() {
    assertKnowsNothing();
  }

  @Test
  void tellsWhatWasRead() {
    metrics.noteLag(2.5);
    metrics.noteSlot(Optional.of(STREAMS));

    assertThat(told("lag.seconds")).isEqualTo(2.5);
    assertThat(told("lag.bytes")).isEqualTo(512);
    assertThat(told("slot.retained.bytes")).isEqualTo(4096);
    assertThat(told("slot.active")).isOne();
    assertThat(walStatus("extended")).isOne();
    assertThat(List.of("reserved", "unreserved", "lost"))
        .allSatisfy(state -> assertThat(walStatus(state)).isZero());
  }

  @Test
  void doesNotTakeWhatIsOldForWhatIs() {
    metrics.noteLag(0);
    metrics.noteSlot(Optional.of(STREAMS));
    pass(RelayMetrics.HOLDS.minusMillis(1));
    assertThat(told("lag.seconds")).isZero();
    assertThat(told("slot.active")).isOne();

    pass(Duration.ofMillis(1));

    assertKnowsNothing();
  }

  @Test
  void tellsOfEachWhenOnlyTheOtherCannotBeRead() {
    metrics.noteLag(7);
    pass(RelayMetrics.HOLDS);
    metrics.noteSlot(Optional.of(STREAMS));

    assertThat(told("lag.seconds")).isNaN();
    assertThat(told("slot.active")).isOne();
  }

  @Test
  void tellsThatNobodyReadsFromASlotThatIsNotThere() {
    metrics.noteSlot(Optional.empty());

    assertThat(told("slot.active")).isZero();
    assertThat(told("lag.bytes")).isNaN();
    assertThat(told("slot.retained.bytes")).isNaN();
    assertThat(walStatus("reserved")).isZero();
    assertThat(walStatus("lost")).isZero();
  }

  @Test
  void takesALeadersWordOnlyWhileItLeads() {
    Instant until = Instant.parse("2026-11-26T09:00:00Z");
    assertThat(metrics.publishedUntil()).isNull();

    metrics.leads(() -> RelayCheckpoint.atCommit(null, 1, until));
    assertThat(metrics.publishedUntil()).isEqualTo(until);

    metrics.leadsNoLonger();
    assertThat(metrics.publishedUntil()).isNull();
  }

  private void assertKnowsNothing() {
    assertThat(told("lag.seconds")).isNaN();
    assertThat(OF_THE_SLOT).allSatisfy(name -> assertThat(told(name)).isNaN());
    assertThat(walStatus("reserved")).isNaN();
  }
}
