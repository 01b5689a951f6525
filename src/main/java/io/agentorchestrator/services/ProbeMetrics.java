package io.agentorchestrator.services;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import org.springframework.stereotype.Component;

/** Counts and times the probes of this worker. */
@Component
class ProbeMetrics {

  private final MeterRegistry registry;

  ProbeMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** A probe came to an end. */
  void probed(MonitoredService service, Observation seen) {
    Timer.builder("orchestrator.service.probes")
        .description("Probes of monitored services, redirects and all")
        .tag("service", service.name())
        .tag("outcome", seen.outcome().value())
        .register(registry)
        .record(seen.took());
  }
}
