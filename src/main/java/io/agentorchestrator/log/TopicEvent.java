package io.agentorchestrator.log;

import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.messages.LogEvent;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an event on the log topic says of its place in the log.
 *
 * @param id the entry's id
 * @param position the entry's position
 * @param time when it was recorded
 * @param entityId what it is about, or null
 * @param entityVersion the version of that, or null where nothing changed
 */
record TopicEvent(
    UUID id, long position, Instant time, @Nullable UUID entityId, @Nullable Long entityVersion) {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** The last member of {@code data} that this record needs; what comes then may be large. */
  private static final String LAST = "entity_version";

  /**
   * Reads a record's value.
   *
   * @return empty for one that the relay did not write
   */
  static Optional<TopicEvent> of(byte @Nullable [] value) {
    return read(value, false)
        .map(
            read ->
                new TopicEvent(
                    uuid(read, "id"),
                    Long.parseLong(text(read, "data.position")),
                    Instant.parse(text(read, "time")),
                    uuidOrNull(read, "data.entity_id"),
                    longOrNull(read, "data." + LAST)));
  }

  /**
   * Reads a record's value whole. Users' objects come out as the text they are.
   *
   * @return empty for one that the relay did not write
   */
  static Optional<LogEvent> whole(byte @Nullable [] value) {
    return read(value, true)
        .map(
            read ->
                new LogEvent(
                    uuid(read, "id"),
                    text(read, "type"),
                    uuidOrNull(read, "subject"),
                    Instant.parse(text(read, "time")),
                    read.get("traceparent"),
                    uuidOrNull(read, "agentid"),
                    new LogEvent.Data(
                        Long.parseLong(text(read, "data.position")),
                        text(read, "data.operation"),
                        read.get("data.entity_type"),
                        uuidOrNull(read, "data.entity_id"),
                        longOrNull(read, "data." + LAST),
                        text(read, "data.status"),
                        text(read, "data.message"),
                        new LogEvent.CommandRef(
                            text(read, "data.command.source"),
                            text(read, "data.command.id"),
                            read.get("data.command.digest")),
                        text(read, "data.actor"),
                        new JsonObject(text(read, "data.changes")),
                        new JsonObject(text(read, "data.details")))));
  }

  /** Scalars by their path; changes and details as raw text. */
  private static Optional<Map<String, String>> read(byte @Nullable [] value, boolean whole) {
    if (value == null) {
      return Optional.empty();
    }
    Map<String, String> found = new HashMap<>();
    try (JsonParser parser = JSON.createParser(value)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return Optional.empty();
      }
      read(parser, "", value, whole, found);
      return isComplete(found, whole) ? Optional.of(found) : Optional.empty();
    } catch (JacksonException | IllegalArgumentException | DateTimeException e) {
      return Optional.empty();
    }
  }

  /** False once it has all it needs. */
  private static boolean read(
      JsonParser parser, String prefix, byte[] value, boolean whole, Map<String, String> found) {
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String path = prefix + parser.currentName();
      JsonToken token = parser.nextToken();
      if (token == JsonToken.START_OBJECT && (path.equals("data") || path.equals("data.command"))) {
        if (!read(parser, path + ".", value, whole, found)) {
          return false;
        }
      } else if (token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY) {
        int from = Math.toIntExact(parser.currentTokenLocation().getByteOffset());
        parser.skipChildren();
        int to = Math.toIntExact(parser.currentLocation().getByteOffset());
        found.put(path, new String(value, from, to - from, StandardCharsets.UTF_8));
      } else if (token != JsonToken.VALUE_NULL) {
        found.put(path, parser.getString());
      }
      if (!whole && path.equals("data." + LAST)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isComplete(Map<String, String> found, boolean whole) {
    uuid(found, "id");
    uuidOrNull(found, "data.entity_id");
    longOrNull(found, "data." + LAST);
    Instant.parse(text(found, "time"));
    Long.parseLong(text(found, "data.position"));
    return LogEvent.SOURCE.equals(found.get("source"))
        && (!whole || found.containsKey("data.changes"));
  }

  private static String text(Map<String, String> read, String path) {
    String value = read.get(path);
    if (value == null) {
      throw new IllegalArgumentException(
          "Expected the event's %s, but it has none.".formatted(path));
    }
    return value;
  }

  private static UUID uuid(Map<String, String> read, String path) {
    return UUID.fromString(text(read, path));
  }

  private static @Nullable UUID uuidOrNull(Map<String, String> read, String path) {
    return read.containsKey(path) ? uuid(read, path) : null;
  }

  private static @Nullable Long longOrNull(Map<String, String> read, String path) {
    return read.containsKey(path) ? Long.valueOf(text(read, path)) : null;
  }
}
