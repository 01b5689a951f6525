package io.agentorchestrator.cache;

import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an event on the log topic changed.
 *
 * @param key the entity
 * @param version its new version
 */
record ChangedEntity(Key key, long version) {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /**
   * An entity.
   *
   * @param type as on the wire
   */
  record Key(String type, UUID id) {}

  /**
   * Reads a record's value, no further than it must.
   *
   * @return empty for an event that changed nothing, and for what is none
   */
  static Optional<ChangedEntity> of(byte @Nullable [] value) {
    if (value == null) {
      return Optional.empty();
    }
    try (JsonParser parser = JSON.createParser(value)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        boolean isData = parser.currentName().equals("data");
        parser.nextToken();
        if (isData) {
          return ofData(parser);
        }
        parser.skipChildren();
      }
      return Optional.empty();
    } catch (JacksonException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<ChangedEntity> ofData(JsonParser parser) {
    String type = null;
    String id = null;
    Long version = null;
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      JsonToken token = parser.nextToken();
      switch (name) {
        case "entity_type" -> type = parser.getValueAsString();
        case "entity_id" -> id = parser.getValueAsString();
        case "entity_version" ->
            version = token == JsonToken.VALUE_NUMBER_INT ? parser.getLongValue() : null;
        default -> parser.skipChildren();
      }
      if (type != null && id != null && version != null) {
        return Optional.of(new ChangedEntity(new Key(type, UUID.fromString(id)), version));
      }
    }
    return Optional.empty();
  }
}
