package io.agentorchestrator.agents;

import io.agentorchestrator.log.Decision;
import io.agentorchestrator.log.RecordedEntity;
import io.agentorchestrator.messages.Command.RegisterAgent;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.messages.Rejection;
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
  private String type;

  @Column(nullable = false)
  private String name;

  @Column(nullable = false)
  private String endpoint;

  @Column private @Nullable String version;

  @Column(nullable = false, columnDefinition = "text[]")
  @JdbcTypeCode(SqlTypes.ARRAY)
  private List<String> capabilities;

  @Column(nullable = false)
  private int maxConcurrentTasks;

  @Column(nullable = false)
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
    return new Decision.Occurred(
        EventType.AGENT_STATUS_CHANGED,
        EventStatus.SUCCESS,
        "Agent %s is active again.".formatted(id()),
        Map.of("from", AgentStatus.OFFLINE, "to", AgentStatus.ACTIVE),
        null);
  }

  /** Takes the agent out of the fleet. Its open tasks are the caller's to release. */
  Decision deregister(@Nullable String reason) {
    if (status == AgentStatus.DEREGISTERED) {
      return new Decision.Refused(
          Rejection.invalidState(
              "Expected to deregister agent %s, but it is deregistered already.".formatted(id())));
    }
    moveTo(AgentStatus.DEREGISTERED);
    return new Decision.Occurred(
        EventType.AGENT_DEREGISTERED,
        EventStatus.SUCCESS,
        "Agent %s deregistered.".formatted(id()),
        reason == null ? Map.of() : Map.of("reason", reason),
        null);
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
