package io.agentorchestrator.services;

import io.agentorchestrator.log.Decision;
import io.agentorchestrator.log.RecordedEntity;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.hibernate.annotations.DynamicUpdate;
import org.jspecify.annotations.Nullable;

/**
 * A monitored service, as far as the log tells of it. It comes into being with its first event,
 * once there is something to tell; what moves with every probe is kept apart, by {@link
 * ServiceChecks}.
 */
@Entity
@DynamicUpdate
@Table(name = "service_health")
class ServiceHealth extends RecordedEntity {

  @Column(nullable = false, updatable = false)
  private String name;

  @Column(nullable = false)
  private String url;

  @Column(nullable = false)
  @Enumerated(EnumType.STRING)
  private ServiceStatus status;

  @Column private @Nullable String error;

  /** For JPA. */
  @SuppressWarnings("NullAway.Init")
  protected ServiceHealth() {}

  /**
   * A service that nothing is known of.
   *
   * @param service what it is configured as
   * @param now when it was probed first, to the microsecond
   */
  ServiceHealth(MonitoredService service, Instant now) {
    super(service.id(), now);
    this.name = service.name();
    this.url = service.url();
    this.status = ServiceStatus.UNKNOWN;
  }

  /**
   * What is made of a probe.
   *
   * @param service what was probed; what is known of another URL says nothing of it
   * @param streaks the probes of this URL up to this one
   * @param last this one
   */
  Decision probed(MonitoredService service, Streaks streaks, Observation last) {
    boolean moved = !url.equals(service.url());
    ServiceStatus from = moved ? ServiceStatus.UNKNOWN : status;
    ServiceStatus to = from.next(streaks, service);
    if (to == from && !moved) {
      return new Decision.Unchanged();
    }
    url = service.url();
    status = to;
    error = to == ServiceStatus.HEALTHY ? null : last.error();
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("from", from);
    details.put("to", to);
    details.put("outcome", last.outcome().value());
    return new Decision.Occurred(
        EventType.SERVICE_HEALTH_CHANGED, EventStatus.SUCCESS, message(), details, null);
  }

  private String message() {
    String is =
        switch (status) {
          case UNKNOWN -> "has another URL, of which nothing is known yet";
          case HEALTHY, DEGRADED, UNHEALTHY -> "is " + status.value();
        };
    return error == null
        ? "Service %s %s.".formatted(name, is)
        : "Service %s %s: %s".formatted(name, is, error);
  }

  /** Returns the name that it was configured with first. */
  String name() {
    return name;
  }

  /** Returns the URL that this is known of. */
  String url() {
    return url;
  }

  /** Returns what is held of it. */
  ServiceStatus status() {
    return status;
  }

  /** Returns what was wrong when the status was reached, or null. */
  @Nullable String error() {
    return error;
  }

  @Override
  public EntityType entityType() {
    return EntityType.SERVICE;
  }

  @Override
  public SequencedMap<String, @Nullable Object> fields() {
    SequencedMap<String, @Nullable Object> fields = LinkedHashMap.newLinkedHashMap(6);
    fields.put("name", name);
    fields.put("url", url);
    fields.put("status", status);
    fields.put("error", error);
    fields.put("created_at", createdAt());
    fields.put("updated_at", updatedAt());
    return fields;
  }
}
