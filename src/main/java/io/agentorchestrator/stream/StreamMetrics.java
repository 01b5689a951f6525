package io.agentorchestrator.stream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Counts readers of the stream, what they are sent, and how they end. */
@Component
class StreamMetrics {

  /** How a reader ends. */
  enum End {
    /** It went away, or its connection did. */
    LEFT,
    /** It was too slow. */
    DROPPED,
    /** The worker ended. */
    STOPPED,
    /** For a reason of our own. */
    FAILED
  }

  /** Why a reader is not taken in. */
  enum Refusal {
    /** The worker has as many as it takes. */
    MAX_READERS,
    /** The client does. */
    MAX_READERS_PER_CLIENT
  }

  private final AtomicInteger readers = new AtomicInteger();
  private final AtomicInteger catchingUp = new AtomicInteger();
  private final Counter events;
  private final Map<Refusal, Counter> refused = new EnumMap<>(Refusal.class);
  private final Map<End, Counter> ends;
  private final Map<StreamBreak, Counter> resets = new EnumMap<>(StreamBreak.class);

  StreamMetrics(MeterRegistry registry) {
    Gauge.builder("orchestrator.stream.readers", readers, AtomicInteger::get)
        .description("Readers of the live log")
        .register(registry);
    Gauge.builder("orchestrator.stream.catching.up", catchingUp, AtomicInteger::get)
        .description("Readers that read their past from Kafka, or wait for their turn to")
        .register(registry);
    this.events =
        Counter.builder("orchestrator.stream.events")
            .description("Events sent to readers")
            .register(registry);
    // There from the start: of a counter that appears with its first count, nobody sees it count.
    for (Refusal refusal : Refusal.values()) {
      refused.put(
          refusal,
          Counter.builder("orchestrator.stream.refused")
              .description("Readers refused because there are too many, by the bound")
              .tag("reason", refusal.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    this.ends =
        Arrays.stream(End.values())
            .collect(
                Collectors.toMap(
                    Function.identity(),
                    end ->
                        Counter.builder("orchestrator.stream.ended")
                            .description("Readers that ended, by how")
                            .tag("reason", end.name().toLowerCase(Locale.ROOT))
                            .register(registry),
                    (one, other) -> one,
                    () -> new EnumMap<>(End.class)));
    for (StreamBreak reason :
        new StreamBreak[] {
          StreamBreak.UNKNOWN_ID, StreamBreak.OUT_OF_RANGE, StreamBreak.REPLACED
        }) {
      resets.put(
          reason,
          Counter.builder("orchestrator.stream.resets")
              .description("Readers told that they may have missed events, by why")
              .tag("reason", reason.reason())
              .register(registry));
    }
  }

  /** How many readers there are. */
  AtomicInteger readers() {
    return readers;
  }

  /** How many of them are behind. */
  AtomicInteger catchingUp() {
    return catchingUp;
  }

  void sent(int count) {
    events.increment(count);
  }

  void refused(Refusal refusal) {
    Objects.requireNonNull(refused.get(refusal)).increment();
  }

  void ended(End end) {
    Objects.requireNonNull(ends.get(end)).increment();
  }

  void reset(StreamBreak reason) {
    Objects.requireNonNull(resets.get(reason)).increment();
  }
}
