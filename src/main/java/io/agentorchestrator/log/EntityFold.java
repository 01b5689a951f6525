package io.agentorchestrator.log;

import java.util.UUID;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Lays the {@code changes} of an entity's events over each other, which gives the entity as REST
 * shows it, less what is derived. Values are replaced whole and never merged. An event that is
 * missing or comes twice is refused, for every state after it would be wrong. Not thread-safe.
 */
public final class EntityFold {

  private final UUID entityId;
  private final ObjectNode fields = JsonNodeFactory.instance.objectNode();
  private long version;

  /**
   * Begins before the first event.
   *
   * @param entityId whose events they are
   */
  public EntityFold(UUID entityId) {
    this.entityId = entityId;
  }

  /**
   * Applies the next event.
   *
   * @param entityVersion the event's {@code entity_version}; 1 for the first, then one more each
   * @param changes the event's {@code changes}; copied
   * @return this
   * @throws IllegalArgumentException if it is not the next one, which leaves this as it was
   */
  public EntityFold apply(long entityVersion, ObjectNode changes) {
    if (entityVersion != version + 1) {
      throw new IllegalArgumentException(
          "Expected version %d of entity %s, but the event is of version %d: %s."
              .formatted(
                  version + 1,
                  entityId,
                  entityVersion,
                  entityVersion <= version ? "it was applied before" : "events are missing"));
    }
    fields.setAll(changes.deepCopy());
    version = entityVersion;
    return this;
  }

  /** Returns the version of the last event applied, 0 before the first. */
  public long version() {
    return version;
  }

  /**
   * Returns the entity after the events applied: {@code id}, its fields in the order of the first
   * event, {@code entity_version}. The object is the caller's own.
   *
   * @throws IllegalStateException before the first event: there is no entity yet
   */
  public ObjectNode entity() {
    if (version == 0) {
      throw new IllegalStateException("Entity %s has no event yet.".formatted(entityId));
    }
    ObjectNode entity = JsonNodeFactory.instance.objectNode();
    entity.put("id", entityId.toString());
    entity.setAll(fields.deepCopy());
    // As a parser would read it, so that the whole compares equal to what REST answers.
    if (version <= Integer.MAX_VALUE) {
      entity.put("entity_version", (int) version);
    } else {
      entity.put("entity_version", version);
    }
    return entity;
  }
}
