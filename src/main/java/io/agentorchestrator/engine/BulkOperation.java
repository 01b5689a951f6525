package io.agentorchestrator.engine;

import io.agentorchestrator.engine.AgentResult.Status;
import io.agentorchestrator.log.Decision;
import io.agentorchestrator.log.RecordedEntity;
import io.agentorchestrator.messages.Command.BulkAction;
import io.agentorchestrator.messages.Command.BulkMode;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.UUID;
import org.hibernate.annotations.ColumnTransformer;
import org.hibernate.annotations.Immutable;
import org.jspecify.annotations.Nullable;

/** A bulk operation that was carried out: it has one event, and nothing happens to it after. */
@Entity
@Immutable
@Table(name = "bulk_operations")
class BulkOperation extends RecordedEntity {

  @Column(nullable = false, columnDefinition = "json")
  @ColumnTransformer(write = "?::json")
  @Convert(converter = AgentResultsConverter.class)
  private List<AgentResult> results;

  /** For JPA. */
  @SuppressWarnings("NullAway.Init")
  protected BulkOperation() {}

  /**
   * An operation just carried out.
   *
   * @param id the command's subject
   * @param results what became of each agent, in the order they were given
   * @param now when, to the microsecond
   */
  BulkOperation(UUID id, List<AgentResult> results, Instant now) {
    super(id, now);
    this.results = List.copyOf(results);
  }

  /** The event that tells of it. */
  Decision.Occurred completed(BulkAction action, BulkMode mode) {
    long rejected = count(Status.REJECTED);
    return new Decision.Occurred(
        EventType.AGENTS_BULK_COMPLETED,
        rejected > 0 ? EventStatus.PARTIAL : EventStatus.SUCCESS,
        "%d agents: %s changed %d, left %d as it was, was rejected for %d."
            .formatted(
                results.size(),
                action.value(),
                count(Status.CHANGED),
                count(Status.UNCHANGED),
                rejected),
        Map.of("operation", action, "mode", mode),
        null);
  }

  private long count(Status status) {
    return results.stream().filter(each -> each.status() == status).count();
  }

  @Override
  public EntityType entityType() {
    return EntityType.BULK_OPERATION;
  }

  @Override
  public SequencedMap<String, @Nullable Object> fields() {
    SequencedMap<String, @Nullable Object> fields = LinkedHashMap.newLinkedHashMap(1);
    fields.put("results", results);
    return fields;
  }
}
