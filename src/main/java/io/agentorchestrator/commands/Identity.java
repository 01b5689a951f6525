package io.agentorchestrator.commands;

import io.agentorchestrator.messages.CommandType;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * What can be told of a record that is no command, for the audit: each attribute as far as it is
 * sound by itself, null where it is not.
 */
record Identity(
    @Nullable String source,
    @Nullable String id,
    @Nullable CommandType type,
    @Nullable String typeName,
    @Nullable UUID subject,
    @Nullable String actor,
    @Nullable String traceparent) {

  static final Identity NONE = new Identity(null, null, null, null, null, null, null);

  /** Returns the same within another trace context. */
  Identity within(String context) {
    return new Identity(source, id, type, typeName, subject, actor, context);
  }

  /** Looks at the surface of a JSON object, whatever is wrong inside or behind. */
  static Identity of(String json) {
    Map<String, String> attributes = new HashMap<>();
    try (JsonParser parser = StrictJson.parser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return NONE;
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        if (parser.nextToken() == JsonToken.VALUE_STRING) {
          attributes.put(name, parser.getString());
        } else {
          parser.skipChildren();
        }
      }
    } catch (JacksonException e) {
      // Too deep, say. What stood before it still tells whose message it is.
      return of(attributes);
    }
    return of(attributes);
  }

  static Identity of(Map<String, String> attributes) {
    String type = sound(attributes.get("type"));
    return new Identity(
        sound(attributes.get("source")),
        sound(attributes.get("id")),
        type == null ? null : CommandType.of(type),
        type,
        uuid(attributes.get("subject")),
        sound(attributes.get("actor")),
        Traceparent.valid(attributes.get("traceparent")));
  }

  /** Whether the audit can name the command: without source and id there is nothing to name. */
  boolean isReadable() {
    return source != null && id != null;
  }

  private static @Nullable String sound(@Nullable String text) {
    if (text == null) {
      return null;
    }
    try {
      StrictJson.check(text, "");
      DataReader.checkLength(text, "", 1, EnvelopeReader.MAX_ATTRIBUTE);
      return text;
    } catch (UnreadableException e) {
      return null;
    }
  }

  private static @Nullable UUID uuid(@Nullable String text) {
    try {
      return text == null ? null : DataReader.uuid(text, "");
    } catch (UnreadableException e) {
      return null;
    }
  }
}
