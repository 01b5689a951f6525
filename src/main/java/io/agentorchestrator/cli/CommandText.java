package io.agentorchestrator.cli;

import io.agentorchestrator.messages.CommandType;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.hibernate.id.uuid.UuidVersion7Strategy;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Fills in what somebody who types a command leaves out of its envelope. The text is only added to,
 * never written anew: numbers keep their digits, and what is wrong stays wrong and is told by
 * whoever judges the command.
 */
final class CommandText {

  private static final JsonFactory FACTORY = JsonFactory.builder().build();

  private final Map<String, Supplier<String>> always = new LinkedHashMap<>();

  /**
   * Takes what goes into each command that does not say it.
   *
   * @param source who sends
   * @param actor who asks, or null if that is the source
   */
  CommandText(String source, @Nullable String actor) {
    always.put("specversion", () -> "1.0");
    always.put("id", CommandText::newId);
    always.put("source", () -> source);
    if (actor != null) {
      always.put("actor", () -> actor);
    }
  }

  /** An id that no command and no entity has. */
  static String newId() {
    UUID id = UuidVersion7Strategy.INSTANCE.generateUuid(null);
    return id.toString();
  }

  /** Finds a type by its name, with or without its version. */
  static @Nullable CommandType type(String name) {
    CommandType type = CommandType.of(name);
    return type == null ? CommandType.of(name + ".v1") : type;
  }

  /** Whether the subject of such a command is new with it, and may be any. */
  static boolean makesItsSubject(CommandType type) {
    return switch (type) {
      case AGENT_REGISTER, TASK_CREATE, WORKFLOW_CREATE, AGENTS_BULK -> true;
      case AGENT_HEARTBEAT,
          AGENT_DEREGISTER,
          TASK_ASSIGN,
          TASK_START,
          TASK_PROGRESS,
          TASK_COMPLETE,
          TASK_FAIL,
          TASK_CANCEL,
          WORKFLOW_PAUSE,
          WORKFLOW_RESUME,
          WORKFLOW_CANCEL ->
          false;
    };
  }

  /** Returns a value as JSON has it. */
  static String quoted(String text) {
    return JsonMapper.shared().writeValueAsString(text);
  }

  /**
   * Tells what is wrong with a text that should be one JSON object.
   *
   * @return null if it is one, as far as its surface tells
   */
  static @Nullable String whyNoObject(String text) {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return "expected a JSON object, but it is none";
      }
      parser.skipChildren();
      return parser.nextToken() == null ? null : "expected one JSON object, but more follows";
    } catch (JacksonException e) {
      return e.getLocation() == null
          ? "expected a JSON object, but it is none"
          : "expected a JSON object, but it is none at line %d, column %d"
              .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
    }
  }

  /** Returns a message with what it leaves out; unchanged where it is no JSON object. */
  byte[] complete(byte[] message) {
    String text = strictly(message);
    Surface surface = text == null ? null : Surface.of(text);
    if (text == null || surface == null) {
      return message;
    }
    StringBuilder whole = new StringBuilder(text);
    CommandType type = surface.type == null ? null : type(surface.type);
    if (surface.type != null && type != null && !type.value().equals(surface.type)) {
      String written = quoted(surface.type);
      if (text.startsWith(written, surface.typeAt)) {
        whole.replace(surface.typeAt, surface.typeAt + written.length(), quoted(type.value()));
      }
    }
    StringBuilder missing = new StringBuilder();
    always.forEach(
        (name, value) -> {
          if (!surface.names.contains(name)) {
            append(missing, name, value.get());
          }
        });
    if (type != null && makesItsSubject(type) && !surface.names.contains("subject")) {
      append(missing, "subject", newId());
    }
    if (missing.isEmpty() && whole.length() == text.length()) {
      return message;
    }
    if (surface.names.isEmpty() && !missing.isEmpty()) {
      missing.setLength(missing.length() - 1);
    }
    return whole.insert(surface.begin + 1, missing).toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Returns what the bytes say, or null if they are no UTF-8, which nobody may mend unasked. */
  static @Nullable String strictly(byte[] message) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(message)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  private static void append(StringBuilder to, String name, String value) {
    to.append(quoted(name)).append(':').append(quoted(value)).append(',');
  }

  /** What a look at an object's own members tells, and at none inside of them. */
  private static final class Surface {
    private final int begin;
    private final Set<String> names = new HashSet<>();
    private @Nullable String type;
    private int typeAt;

    private Surface(int begin) {
      this.begin = begin;
    }

    static @Nullable Surface of(String text) {
      try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
          return null;
        }
        Surface surface = new Surface(at(parser));
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
          String name = parser.currentName();
          surface.names.add(name);
          if (parser.nextToken() == JsonToken.VALUE_STRING && name.equals("type")) {
            surface.typeAt = at(parser);
            surface.type = parser.getString();
          }
          parser.skipChildren();
        }
        return surface;
      } catch (JacksonException e) {
        return null;
      }
    }

    private static int at(JsonParser parser) {
      return Math.toIntExact(parser.currentTokenLocation().getCharOffset());
    }
  }
}
