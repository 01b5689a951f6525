package io.agentorchestrator.services;

import io.agentorchestrator.rest.Snapshot;
import io.agentorchestrator.services.ServiceChecks.State;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Reads the configured services as REST shows them: what the log tells of each, and what the last
 * probe was like. Reading probes nothing.
 */
@Component
class ServiceReads {

  private final List<MonitoredService> services;
  private final boolean enabled;
  private final ServiceHealthRepository repository;
  private final ServiceChecks checks;

  ServiceReads(
      MonitoredServices services,
      MonitoringProperties properties,
      ServiceHealthRepository repository,
      ServiceChecks checks) {
    this.services =
        services.services().stream().sorted(Comparator.comparing(MonitoredService::name)).toList();
    this.enabled = properties.enabled();
    this.repository = repository;
    this.checks = checks;
  }

  /** Whether services are monitored. */
  boolean isEnabled() {
    return enabled;
  }

  /** Reads all, by name. */
  @Snapshot
  List<SequencedMap<String, @Nullable Object>> all() {
    Map<UUID, ServiceHealth> known =
        repository.findByIdIn(services.stream().map(MonitoredService::id).toList()).stream()
            .collect(Collectors.toMap(ServiceHealth::id, Function.identity()));
    Map<UUID, State> states = checks.states(services);
    return services.stream()
        .map(each -> shown(each, known.get(each.id()), states.get(each.id())))
        .toList();
  }

  private static SequencedMap<String, @Nullable Object> shown(
      MonitoredService service, @Nullable ServiceHealth health, @Nullable State state) {
    SequencedMap<String, @Nullable Object> shown =
        health == null ? ServiceHealth.unknown(service) : health.representation();
    shown.put("response_time_ms", state == null ? null : state.responseTimeMs());
    shown.put("last_checked_at", state == null ? null : state.lastCheckedAt());
    shown.put("last_error", state == null ? null : state.lastError());
    shown.put("consecutive_failures", state == null ? 0 : state.failures());
    shown.put("stale", state != null && state.stale());
    return shown;
  }
}
