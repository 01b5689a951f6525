package io.agentorchestrator.commands;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads JSON as an attacker may have written it. Refused are: bad UTF-8, repeated keys, anything
 * after the value (malformed); U+0000, unpaired surrogates, numbers beyond a double's range or of
 * over 100 digits, nesting that no valid command has (violations). Memory is bounded by the text's
 * length.
 */
final class StrictJson {

  /** Deeper than any valid command by far, and shallow enough for recursion. */
  private static final int MAX_NESTING = 64;

  private static final int MAX_DIGITS = 100;
  private static final Pattern ZERO = Pattern.compile("-?0(\\.0+)?[eE].*");
  private static final BigDecimal SMALLEST = new BigDecimal("4.9E-324");
  private static final BigDecimal LARGEST = new BigDecimal("1.7976931348623157E308");

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_NESTING)
                  .maxNameLength(CommandDecoder.MAX_COMMAND_BYTES)
                  .maxStringLength(CommandDecoder.MAX_COMMAND_BYTES)
                  .build())
          .build();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** Where a value stands. Rendered for a message only: a name may be as long as a command. */
  private record Path(@Nullable Path parent, String name, int index) {

    static Path of(String root) {
      return new Path(null, root, -1);
    }

    Path member(String member) {
      return new Path(this, member, -1);
    }

    Path element(int position) {
      return new Path(this, "", position);
    }

    String render() {
      String before = parent == null ? "" : parent.render();
      if (index >= 0) {
        return "%s[%d]".formatted(before, index);
      }
      return before.isEmpty() ? name : before + "." + name;
    }
  }

  private StrictJson() {}

  /**
   * Decodes UTF-8, refusing what is none.
   *
   * @param path how the error message names the bytes
   */
  static String text(byte[] utf8, String path) throws UnreadableException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw UnreadableException.malformed(path, "expected UTF-8, but it is not");
    }
  }

  /** Returns a parser with the same bounds as {@link #parse}, for a look at the surface. */
  static JsonParser parser(String text) {
    return FACTORY.createParser(ObjectReadContext.empty(), text);
  }

  /**
   * Reads one JSON value.
   *
   * @param path how error messages name the value, such as {@code data}; may be empty
   */
  static JsonNode parse(String text, String path) throws UnreadableException {
    try (JsonParser parser = parser(text)) {
      if (parser.nextToken() == null) {
        throw UnreadableException.malformed("value: expected JSON, but it is empty");
      }
      JsonNode value = value(parser, Path.of(path));
      if (parser.nextToken() != null) {
        throw UnreadableException.malformed("value: expected one JSON value, but more follows");
      }
      return value;
    } catch (StreamConstraintsException e) {
      throw UnreadableException.violation(
          name(path),
          "expected at most %d levels and numbers of at most 1000 characters, but there is more"
              .formatted(MAX_NESTING));
    } catch (UnexpectedEndOfInputException e) {
      throw UnreadableException.malformed("value: expected JSON, but it ends too soon");
    } catch (JacksonException e) {
      // Its message would quote the record.
      TokenStreamLocation location = e.getLocation();
      throw UnreadableException.malformed(
          location == null
              ? "value: expected JSON, but it is none"
              : "value: expected JSON, but it is none at line %d, column %d"
                  .formatted(location.getLineNr(), location.getColumnNr()));
    }
  }

  /** Refuses what no string may hold: U+0000 and unpaired surrogates. */
  static void check(String value, String path) throws UnreadableException {
    check(value, Path.of(path));
  }

  private static void check(String value, Path path) throws UnreadableException {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == 0) {
        throw UnreadableException.violation(
            name(path.render()), "expected no U+0000, but it holds one");
      }
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < value.length()
                && Character.isLowSurrogate(value.charAt(i + 1));
        if (!pair) {
          throw UnreadableException.violation(
              name(path.render()), "expected Unicode, but it holds an unpaired surrogate");
        }
        i++;
      }
    }
  }

  private static JsonNode value(JsonParser parser, Path path) throws UnreadableException {
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> object(parser, path);
      case START_ARRAY -> array(parser, path);
      case VALUE_STRING -> {
        String value = parser.getString();
        check(value, path);
        yield NODES.stringNode(value);
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser, path);
      case VALUE_TRUE -> NODES.booleanNode(true);
      case VALUE_FALSE -> NODES.booleanNode(false);
      case VALUE_NULL -> NODES.nullNode();
      case END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
          throw new IllegalStateException("a JSON text has no such token here: " + token);
    };
  }

  private static ObjectNode object(JsonParser parser, Path path) throws UnreadableException {
    ObjectNode object = NODES.objectNode();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      check(name, path);
      parser.nextToken();
      JsonNode value = value(parser, path.member(name));
      if (object.replace(name, value) != null) {
        throw UnreadableException.malformed(
            path.member(name).render(), "expected once, but it is repeated");
      }
    }
    return object;
  }

  private static ArrayNode array(JsonParser parser, Path path) throws UnreadableException {
    ArrayNode array = NODES.arrayNode();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      array.add(value(parser, path.element(array.size())));
    }
    return array;
  }

  private static JsonNode number(JsonParser parser, Path path) throws UnreadableException {
    String text = parser.getString();
    BigDecimal value;
    try {
      value = new BigDecimal(text);
    } catch (NumberFormatException e) {
      // The exponent alone is out of bounds: the grammar was checked before.
      if (!ZERO.matcher(text).matches()) {
        throw outOfRange(path);
      }
      value = BigDecimal.ZERO;
    }
    if (value.precision() > MAX_DIGITS) {
      throw UnreadableException.violation(
          name(path.render()),
          "expected at most %d digits, but it has %d".formatted(MAX_DIGITS, value.precision()));
    }
    BigDecimal magnitude = value.abs();
    if (value.signum() != 0
        && (magnitude.compareTo(SMALLEST) < 0 || magnitude.compareTo(LARGEST) > 0)) {
      throw outOfRange(path);
    }
    return parser.currentToken() == JsonToken.VALUE_NUMBER_INT
        ? NODES.numberNode(new BigInteger(text))
        : NODES.numberNode(value);
  }

  private static UnreadableException outOfRange(Path path) {
    return UnreadableException.violation(
        name(path.render()), "expected a number within a double's range, but it is beyond");
  }

  private static String name(String path) {
    return path.isEmpty() ? "value" : path;
  }
}
