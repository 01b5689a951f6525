package io.agentorchestrator.log;

import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.JsonObject;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.persistence.Column;
import jakarta.persistence.Id;
import jakarta.persistence.MappedSuperclass;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An entity whose every change stands in the log. Its version counts the log's events about it,
 * raised under the row's lock; it is not an optimistic lock, for one command may append two.
 */
@MappedSuperclass
public abstract class RecordedEntity {

  /** About what a member's name and a short value take, in bytes. */
  private static final long MEMBER = 40;

  @Id private UUID id;

  @Column(nullable = false, updatable = false)
  private Instant createdAt;

  @Column(nullable = false)
  private Instant updatedAt;

  @Column(nullable = false)
  @Schema(minimum = "1")
  private long entityVersion;

  /** For JPA. */
  @SuppressWarnings("NullAway.Init")
  protected RecordedEntity() {}

  /**
   * An entity about to have its first event.
   *
   * @param id its id
   * @param now when it comes into being, to the microsecond
   */
  protected RecordedEntity(UUID id, Instant now) {
    this.id = id;
    this.createdAt = now;
    this.updatedAt = now;
  }

  /** Returns the entity's id. */
  public UUID id() {
    return id;
  }

  /** Returns when the entity came into being. */
  public Instant createdAt() {
    return createdAt;
  }

  /** Returns when the entity's last event was appended. */
  public Instant updatedAt() {
    return updatedAt;
  }

  /** Returns the number of events about this entity, 0 before the first. */
  public long entityVersion() {
    return entityVersion;
  }

  /** Returns what kind of entity this is. */
  public abstract EntityType entityType();

  /**
   * Returns the fields as REST shows them, in their order, less {@code id}, {@code entity_version}
   * and what is derived. The log's {@code changes} are the differences between two of these, so
   * that both can never say different things. Values are immutable and compare by value.
   */
  public abstract SequencedMap<String, @Nullable Object> fields();

  /**
   * Returns what REST shows less what is derived: {@code id}, the fields, {@code entity_version}.
   */
  public SequencedMap<String, @Nullable Object> representation() {
    SequencedMap<String, @Nullable Object> fields = fields();
    SequencedMap<String, @Nullable Object> all = LinkedHashMap.newLinkedHashMap(fields.size() + 8);
    all.put("id", id);
    all.putAll(fields);
    all.put("entity_version", entityVersion);
    return all;
  }

  /** Returns about how many bytes it takes as REST shows it: what users wrote is what counts. */
  public long size() {
    return fields().values().stream().mapToLong(RecordedEntity::size).sum();
  }

  private static long size(@Nullable Object value) {
    if (value instanceof JsonObject object) {
      return object.json().length() + MEMBER;
    }
    return value instanceof String text ? text.length() + MEMBER : MEMBER;
  }

  void raiseVersion(Instant now) {
    entityVersion++;
    updatedAt = now;
  }
}
