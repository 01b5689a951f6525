package io.agentorchestrator.services;

import io.agentorchestrator.rest.Snapshot;
import io.agentorchestrator.services.ServiceChecks.State;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
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

  /** A service as REST shows it. Of one that the log does not tell of yet, nothing is known. */
  @Schema(
      name = "MonitoredService",
      description =
          "A monitored service; response_time_ms and what follows are derived and not in the log.")
  record Shown(
      UUID id,
      @Schema(minLength = 3, maxLength = 255) String name,
      @Schema(maxLength = 500) String url,
      ServiceStatus status,
      @Schema(description = "What was wrong when the status was reached.", minLength = 1)
          @Nullable String error,
      @Nullable Instant createdAt,
      @Nullable Instant updatedAt,
      @Schema(description = "0 before the first event.", minimum = "0") long entityVersion,
      @Schema(description = "Of the last probe; null without an answer.", minimum = "0")
          @Nullable Integer responseTimeMs,
      @Nullable Instant lastCheckedAt,
      @Schema(description = "What was wrong with the last probe.", minLength = 1)
          @Nullable String lastError,
      @Schema(description = "Probes in a row that failed up to the last.", minimum = "0")
          int consecutiveFailures,
      @Schema(description = "Whether nobody has probed it for three intervals.") boolean stale) {

    static Shown of(
        MonitoredService service, @Nullable ServiceHealth health, @Nullable State state) {
      return new Shown(
          service.id(),
          health == null ? service.name() : health.name(),
          health == null ? service.url() : health.url(),
          health == null ? ServiceStatus.UNKNOWN : health.status(),
          health == null ? null : health.error(),
          health == null ? null : health.createdAt(),
          health == null ? null : health.updatedAt(),
          health == null ? 0 : health.entityVersion(),
          state == null ? null : state.responseTimeMs(),
          state == null ? null : state.lastCheckedAt(),
          state == null ? null : state.lastError(),
          state == null ? 0 : state.failures(),
          state != null && state.stale());
    }
  }

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
  List<Shown> all() {
    Map<UUID, ServiceHealth> known =
        repository.findByIdIn(services.stream().map(MonitoredService::id).toList()).stream()
            .collect(Collectors.toMap(ServiceHealth::id, Function.identity()));
    Map<UUID, State> states = checks.states(services);
    return services.stream()
        .map(each -> Shown.of(each, known.get(each.id()), states.get(each.id())))
        .toList();
  }
}
