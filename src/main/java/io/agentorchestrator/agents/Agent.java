package io.agentorchestrator.agents;

import io.agentorchestrator.log.Decision;
import io.agentorchestrator.log.RecordedEntity;
import io.agentorchestrator.messages.Command.BulkAction;
import io.agentorchestrator.messages.Command.RegisterAgent;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.messages.Rejection;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.UUID;
import org.hibernate.annotations.ColumnTransformer;
import org.hibernate.annotations.DynamicUpdate;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/**
 * An agent of the fleet, and the rules of its life. What moves with every heartbeat and every task
 * is kept apart, in {@link AgentActivity}.
 */
@Entity
@DynamicUpdate
@Table(name = "agents")
public class Agent extends RecordedEntity {

  @Column(nullable = false)
  @Schema(minLength = 1, maxLength = 255)
  private String type;

  @Column(nullable = false)
  @Schema(minLength = 3, maxLength = 255)
  private String name;

  @Column(nullable = false)
  @Schema(maxLength = 500)
  private String endpoint;

  @Column
  @Schema(minLength = 1, maxLength = 100)
  private @Nullable String version;

  @Column(nullable = false, columnDefinition = "text[]")
  @JdbcTypeCode(SqlTypes.ARRAY)
  @ArraySchema(schema = @Schema(minLength = 2, maxLength = 100))
  private List<String> capabilities;

  @Column(nullable = false)
  @Schema(minimum = "1", maximum = "100")
  private int maxConcurrentTasks;

  @Column(nullable = false)
  @Schema(minimum = "0", maximum = "3600")
  private int leaseSeconds;

  @Column(nullable = false)
  private boolean enabled;

  @Column(nullable = false)
  @Enumerated(EnumType.STRING)
  private AgentStatus status;

  @Column(nullable = false, columnDefinition = "json")
  @ColumnTransformer(write = "?::json")
  private String metadata;

  /** For JPA. */
  @SuppressWarnings("NullAway.Init")
  protected Agent() {}

  /**
   * A new agent, active from now on.
   *
   * @param id its id
   * @param stated what it says of itself
   * @param now when, to the microsecond
   */
  @SuppressWarnings("NullAway.Init") // state() sets what the registration states.
  Agent(UUID id, RegisterAgent stated, Instant now) {
    super(id, now);
    this.enabled = true;
    this.status = AgentStatus.ACTIVE;
    state(stated);
  }

  /** The event of an agent's registration. */
  Decision.Occurred registered() {
    return Decision.Occurred.success(
        EventType.AGENT_REGISTERED, "Agent %s (%s) registered.".formatted(id(), name), null);
  }

  /**
   * States the whole agent anew, which brings a deregistered one back: active, or offline where it
   * was disabled, which only an operator takes back.
   */
  Decision restate(RegisterAgent stated) {
    if (status == AgentStatus.DEREGISTERED) {
      state(stated);
      moveTo(enabled ? AgentStatus.ACTIVE : AgentStatus.OFFLINE);
      return registered();
    }
    SequencedMap<String, @Nullable Object> before = fields();
    state(stated);
    return fields().equals(before)
        ? new Decision.Unchanged()
        : Decision.Occurred.success(
            EventType.AGENT_UPDATED, "Agent %s (%s) updated.".formatted(id(), name), null);
  }

  /** A sign of life: brings an enabled agent back that was given up. */
  Decision heardOf() {
    if (status != AgentStatus.OFFLINE || !enabled) {
      return new Decision.Unchanged();
    }
    moveTo(AgentStatus.ACTIVE);
    return statusChanged(
        "Agent %s is active again.".formatted(id()), AgentStatus.OFFLINE, Map.of());
  }

  /** Takes the agent out of the fleet. Its open tasks are the caller's to release. */
  Decision deregister(@Nullable String reason) {
    Optional<Rejection> refusal = refusal(BulkAction.DEREGISTER);
    if (refusal.isPresent()) {
      return new Decision.Refused(refusal.get());
    }
    moveTo(AgentStatus.DEREGISTERED);
    return new Decision.Occurred(
        EventType.AGENT_DEREGISTERED,
        EventStatus.SUCCESS,
        "Agent %s deregistered.".formatted(id()),
        reason == null ? Map.of() : Map.of("reason", reason),
        null);
  }

  /** Gives the agent up, for its lease ran out. Its open tasks are the caller's to release. */
  Decision expire(Instant lastSeen) {
    if (status != AgentStatus.ACTIVE) {
      return new Decision.Unchanged();
    }
    moveTo(AgentStatus.OFFLINE);
    return statusChanged(
        "Agent %s is offline: its lease of %d s ran out.".formatted(id(), leaseSeconds),
        AgentStatus.ACTIVE,
        Map.of("reason", "LEASE_EXPIRED", "last_seen", lastSeen));
  }

  /**
   * Lets the agent take tasks.
   *
   * @param lastSeen when it was heard of last: it stays offline if its lease has run out since
   */
  Decision activate(Instant lastSeen, Instant now) {
    Optional<Rejection> refusal = refusal(BulkAction.ACTIVATE);
    if (refusal.isPresent()) {
      return new Decision.Refused(refusal.get());
    }
    boolean alive = leaseSeconds == 0 || lastSeen.plusSeconds(leaseSeconds).isAfter(now);
    if (enabled && (status == AgentStatus.ACTIVE || !alive)) {
      return new Decision.Unchanged();
    }
    enabled = true;
    if (status == AgentStatus.OFFLINE && alive) {
      moveTo(AgentStatus.ACTIVE);
      return statusChanged("Agent %s is active.".formatted(id()), AgentStatus.OFFLINE, Map.of());
    }
    return Decision.Occurred.success(
        EventType.AGENT_UPDATED,
        "Agent %s is enabled, and active once it is heard of.".formatted(id()),
        null);
  }

  /** Gives the agent no new task from now on. Its running ones go on. */
  Decision deactivate() {
    Optional<Rejection> refusal = refusal(BulkAction.DEACTIVATE);
    if (refusal.isPresent()) {
      return new Decision.Refused(refusal.get());
    }
    if (!enabled) {
      return new Decision.Unchanged();
    }
    enabled = false;
    if (status == AgentStatus.ACTIVE) {
      moveTo(AgentStatus.OFFLINE);
      return statusChanged("Agent %s is disabled.".formatted(id()), AgentStatus.ACTIVE, Map.of());
    }
    return Decision.Occurred.success(
        EventType.AGENT_UPDATED, "Agent %s is disabled.".formatted(id()), null);
  }

  /**
   * Lets the agent take tasks, and none of those it holds any longer: these are the caller's to
   * release.
   *
   * @param lastSeen as for {@link #activate}
   * @param tasksHeld how many it holds; losing them is an event of the agent, too
   */
  Decision reset(Instant lastSeen, int tasksHeld, Instant now) {
    Optional<Rejection> refusal = refusal(BulkAction.RESET_STATUS);
    if (refusal.isPresent()) {
      return new Decision.Refused(refusal.get());
    }
    Decision activated = activate(lastSeen, now);
    return activated instanceof Decision.Unchanged && tasksHeld > 0
        ? Decision.Occurred.success(
            EventType.AGENT_UPDATED,
            "Agent %s was reset: it gives %d tasks back.".formatted(id(), tasksHeld),
            null)
        : activated;
  }

  /** Why this cannot be done to the agent now, or nothing where it can. Changes nothing. */
  Optional<Rejection> refusal(BulkAction action) {
    if (status != AgentStatus.DEREGISTERED) {
      return Optional.empty();
    }
    String but =
        switch (action) {
          case ACTIVATE, DEACTIVATE, RESET_STATUS -> "it is deregistered";
          case DEREGISTER -> "it is deregistered already";
        };
    return Optional.of(
        Rejection.invalidState(
            "Expected to %s agent %s, but %s.".formatted(action.verb(), id(), but)));
  }

  private Decision statusChanged(String message, AgentStatus from, Map<String, ?> more) {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("from", from);
    details.put("to", status);
    details.putAll(more);
    return new Decision.Occurred(
        EventType.AGENT_STATUS_CHANGED, EventStatus.SUCCESS, message, details, null);
  }

  private void state(RegisterAgent stated) {
    type = stated.agentType();
    name = stated.name();
    endpoint = stated.endpoint();
    version = stated.version();
    capabilities = List.copyOf(stated.capabilities());
    maxConcurrentTasks = stated.maxConcurrentTasks();
    leaseSeconds = stated.leaseSeconds();
    metadata = stated.metadata().json();
  }

  private void moveTo(AgentStatus next) {
    if (!status.successors().contains(next)) {
      throw new IllegalStateException("no transition of an agent from " + status + " to " + next);
    }
    status = next;
  }

  /** Returns the agent's state. */
  public AgentStatus status() {
    return status;
  }

  /** Returns how many tasks it takes at a time, 1 to 100. */
  public int maxConcurrentTasks() {
    return maxConcurrentTasks;
  }

  /** Returns those of the capabilities given that the agent lacks, in their order. */
  public List<String> lacking(Collection<String> required) {
    return required.stream().filter(capability -> !capabilities.contains(capability)).toList();
  }

  @Override
  public EntityType entityType() {
    return EntityType.AGENT;
  }

  @Override
  public SequencedMap<String, @Nullable Object> fields() {
    SequencedMap<String, @Nullable Object> fields = LinkedHashMap.newLinkedHashMap(12);
    fields.put("type", type);
    fields.put("name", name);
    fields.put("endpoint", endpoint);
    fields.put("version", version);
    fields.put("capabilities", capabilities);
    fields.put("max_concurrent_tasks", maxConcurrentTasks);
    fields.put("enabled", enabled);
    fields.put("status", status);
    fields.put("lease_seconds", leaseSeconds);
    fields.put("metadata", new JsonObject(metadata));
    fields.put("created_at", createdAt());
    fields.put("updated_at", updatedAt());
    return fields;
  }
}
