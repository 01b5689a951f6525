package io.agentorchestrator.log;

import io.agentorchestrator.sqlstate.SqlStates;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * How far the relay is behind and how its slot stands, as {@code orchestrator_relay_*}.
 *
 * <p>Every worker shows what it has seen itself, over the login it does its work with, whoever
 * leads, and also where nobody does: a relay that cannot connect, or may not run, is told of by all
 * the others and by its own worker. It asks nobody; {@link ReplicationSlots} notes here whatever it
 * reads. What nobody has read for {@link #HOLDS} is not known, and NaN: a value that stood still
 * would look as if all were well.
 */
@Component
class RelayMetrics {

  /** What was read holds for so long. */
  static final Duration HOLDS = Duration.ofSeconds(10);

  /** All there are: one that a later PostgreSQL has besides is told as none of them. */
  private static final List<String> WAL_STATUSES =
      List.of("reserved", "extended", "unreserved", "lost");

  private static final ReplicationSlotStatus MISSING =
      new ReplicationSlotStatus("", false, null, null, null);

  private final MeterRegistry registry;
  private final LongSupplier nanoTime;
  private final Counter events;

  private volatile @Nullable Supplier<RelayCheckpoint> leading;
  private volatile @Nullable Seen<Double> lag;
  private volatile @Nullable Seen<ReplicationSlotStatus> slot;

  /** What was read, and when. */
  private record Seen<T>(T what, long nanos) {}

  @Autowired
  RelayMetrics(MeterRegistry registry) {
    this(registry, System::nanoTime);
  }

  RelayMetrics(MeterRegistry registry, LongSupplier nanoTime) {
    this.registry = registry;
    this.nanoTime = nanoTime;
    this.events =
        Counter.builder("orchestrator.relay.events")
            .description("Log entries published to Kafka by this worker")
            .register(registry);
    Gauge.builder(
            "orchestrator.relay.lag.seconds", this, own -> own.recent(own.lag).orElse(Double.NaN))
        .description("Age of the oldest log entry that is not published; 0 when all are")
        .baseUnit("seconds")
        .register(registry);
    slotGauge("lag.bytes", status -> orNaN(status.unconfirmedBytes()))
        .description("WAL the replication slot has not confirmed; NaN without the slot")
        .baseUnit("bytes")
        .register(registry);
    slotGauge("slot.retained.bytes", status -> orNaN(status.retainedBytes()))
        .description("WAL kept on PostgreSQL's disk for the replication slot; NaN without the slot")
        .baseUnit("bytes")
        .register(registry);
    slotGauge("slot.active", status -> status.active() ? 1 : 0)
        .description("1 while somebody reads from the replication slot, else 0")
        .register(registry);
    for (String state : WAL_STATUSES) {
      slotGauge("slot.wal.status", status -> state.equals(status.walStatus()) ? 1 : 0)
          .description("1 for what PostgreSQL says of the WAL that the slot needs, else 0")
          .tag("state", state)
          .register(registry);
    }
  }

  private Gauge.Builder<RelayMetrics> slotGauge(
      String name, ToDoubleFunction<ReplicationSlotStatus> value) {
    return Gauge.builder(
        "orchestrator.relay." + name,
        this,
        own -> own.recent(own.slot).map(value::applyAsDouble).orElse(Double.NaN));
  }

  private <T> Optional<T> recent(@Nullable Seen<T> seen) {
    return seen != null && nanoTime.getAsLong() - seen.nanos() < HOLDS.toNanos()
        ? Optional.of(seen.what())
        : Optional.empty();
  }

  private static double orNaN(@Nullable Long number) {
    return number == null ? Double.NaN : number;
  }

  /**
   * This worker leads.
   *
   * @param committed what is published for sure
   */
  void leads(Supplier<RelayCheckpoint> committed) {
    leading = committed;
  }

  /** It does not any more, and what it knew of grows old. */
  void leadsNoLonger() {
    leading = null;
  }

  /**
   * Returns the time of the latest published entry as the leader knows it, which is newer than what
   * it writes down; null where this worker does not lead.
   */
  @Nullable Instant publishedUntil() {
    Supplier<RelayCheckpoint> committed = leading;
    return committed == null ? null : committed.get().publishedUntil();
  }

  /** Counts a try of the relay's that failed, where it failed at PostgreSQL. */
  void failed(Throwable failure) {
    SqlStates.count(failure, registry);
  }

  void published(int count) {
    events.increment(count);
  }

  /** Notes what was read just now. */
  void noteLag(double seconds) {
    lag = new Seen<>(seconds, nanoTime.getAsLong());
  }

  /**
   * Likewise.
   *
   * @param status empty if there is no slot: then nobody reads from it
   */
  void noteSlot(Optional<ReplicationSlotStatus> status) {
    slot = new Seen<>(status.orElse(MISSING), nanoTime.getAsLong());
  }
}
