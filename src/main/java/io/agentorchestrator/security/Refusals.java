package io.agentorchestrator.security;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Counts refused requests by reason. Who asked is told to nobody: it may be a key, mistyped. */
@Component
class Refusals {

  private final Map<Refusal, Counter> counters = new EnumMap<>(Refusal.class);

  Refusals(MeterRegistry registry) {
    // There from the start: of a counter that appears with its first count, nobody sees it count.
    for (Refusal refusal : Refusal.values()) {
      counters.put(
          refusal,
          Counter.builder("orchestrator.requests.refused")
              .description("Requests refused before anything was read")
              .tag("reason", refusal.tag())
              .register(registry));
    }
  }

  void count(Refusal refusal) {
    Counter counter = counters.get(refusal);
    if (counter != null) {
      counter.increment();
    }
  }
}
