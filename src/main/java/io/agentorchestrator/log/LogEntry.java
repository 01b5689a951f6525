package io.agentorchestrator.log;

import io.agentorchestrator.messages.ContentDigest;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.messages.LogEvent;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.ColumnTransformer;
import org.hibernate.annotations.Immutable;
import org.jspecify.annotations.Nullable;

/**
 * A row of the orchestration log: audit trail and outbox in one. Written once, in the transaction
 * of the change it tells of, and never changed.
 */
@Entity
@Immutable
@Table(name = "orchestration_log")
public class LogEntry {

  /** About what an entry takes besides what is told in it, in bytes. */
  private static final long ENVELOPE = 500;

  @Id private UUID id;

  @Column(nullable = false)
  private long position;

  @Column(nullable = false)
  private Instant recordedAt;

  @Column(nullable = false)
  private String type;

  @Column(nullable = false)
  private String operation;

  @Column private @Nullable String entityType;

  @Column private @Nullable UUID entityId;

  @Column private @Nullable Long entityVersion;

  @Column(nullable = false)
  private String status;

  @Column(nullable = false)
  private String message;

  @Column(nullable = false)
  private String commandSource;

  @Column(nullable = false)
  private String commandId;

  @Column private @Nullable String commandDigest;

  @Column private @Nullable String commandType;

  @Column(nullable = false)
  private String actor;

  @Column private @Nullable UUID agentId;

  @Column private @Nullable String traceparent;

  @Column(nullable = false, columnDefinition = "json")
  @ColumnTransformer(write = "?::json")
  private String changes;

  @Column(nullable = false, columnDefinition = "json")
  @ColumnTransformer(write = "?::json")
  private String details;

  /** For JPA. */
  @SuppressWarnings("NullAway.Init")
  protected LogEntry() {}

  LogEntry(
      UUID id,
      long position,
      Instant recordedAt,
      EventType type,
      @Nullable EntityType entityType,
      @Nullable UUID entityId,
      @Nullable Long entityVersion,
      EventStatus status,
      String message,
      Cause cause,
      @Nullable UUID agentId,
      JsonObject changes,
      JsonObject details) {
    this.id = id;
    this.position = position;
    this.recordedAt = recordedAt;
    this.type = type.value();
    this.operation = cause.operation();
    this.entityType = entityType == null ? null : entityType.value();
    this.entityId = entityId;
    this.entityVersion = entityVersion;
    this.status = status.value();
    this.message = message;
    this.commandSource = cause.source();
    this.commandId = cause.id();
    ContentDigest digest = cause.digest();
    this.commandDigest = digest == null ? null : digest.hex();
    this.commandType = cause.type();
    this.actor = cause.actor();
    this.agentId = agentId;
    this.traceparent = cause.traceparent();
    this.changes = changes.json();
    this.details = details.json();
  }

  /** Returns the entry's position. */
  long position() {
    return position;
  }

  /** Returns when the entry was recorded. */
  Instant recordedAt() {
    return recordedAt;
  }

  /** Returns about how many bytes it takes as REST shows it. */
  long size() {
    return ENVELOPE + message.length() + changes.length() + details.length();
  }

  /** Returns this entry as the event that goes to Kafka. */
  public LogEvent toEvent() {
    return new LogEvent(
        id,
        type,
        entityId,
        recordedAt,
        traceparent,
        agentId,
        new LogEvent.Data(
            position,
            operation,
            entityType,
            entityId,
            entityVersion,
            status,
            message,
            new LogEvent.CommandRef(commandSource, commandId, commandDigest),
            actor,
            new JsonObject(changes),
            new JsonObject(details)));
  }
}
