package io.agentorchestrator.migration;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON as Python's {@code json.dumps} writes it, which is more than JSON: {@code NaN} and the
 * infinities, and strings that are no Unicode. What no command may hold is refused here, too; what
 * JSON only cannot write becomes text.
 */
final class OldJson {

  /** For what is read and written here; numbers keep their digits. */
  static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private static final int MAX_DIGITS = 100;
  private static final BigDecimal SMALLEST = new BigDecimal("4.9E-324");
  private static final BigDecimal LARGEST = new BigDecimal("1.7976931348623157E308");

  private final ObjectNode object;
  private boolean replaced;

  private OldJson(ObjectNode object) {
    this.object = object;
  }

  /** Reads a record. */
  static OldJson parse(byte[] value) throws UnimportableException {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
      if (!(MAPPER.readTree(text) instanceof ObjectNode object)) {
        throw new UnimportableException(
            Reason.BAD_JSON, "", "Expected a JSON object, but it is another value.");
      }
      OldJson json = new OldJson(object);
      json.checkMembers(object);
      return json;
    } catch (CharacterCodingException e) {
      throw new UnimportableException(Reason.BAD_JSON, "", "Expected UTF-8, but it is none.");
    } catch (JacksonException e) {
      // Its message would quote the record.
      throw new UnimportableException(
          Reason.BAD_JSON,
          "",
          e.getLocation() == null
              ? "Expected a JSON object, but it is none."
              : "Expected a JSON object, but it is none at line %d, column %d."
                  .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr()));
    }
  }

  /** A record that was made here. */
  static OldJson of(ObjectNode object) {
    return new OldJson(object);
  }

  /** The record; the caller's own. */
  ObjectNode object() {
    return object;
  }

  /** Whether a number that is none became text. */
  boolean hasReplacedNumbers() {
    return replaced;
  }

  private void checkMembers(ObjectNode node) throws UnimportableException {
    for (Map.Entry<String, JsonNode> member : node.properties()) {
      checkText(member.getKey());
      member.setValue(checked(member.getValue()));
    }
  }

  private JsonNode checked(JsonNode node) throws UnimportableException {
    if (node instanceof ObjectNode nested) {
      checkMembers(nested);
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        array.set(i, checked(array.get(i)));
      }
    } else if (node.isString()) {
      checkText(node.stringValue());
    } else if (node.isNumber()) {
      return number(node);
    }
    return node;
  }

  private JsonNode number(JsonNode node) throws UnimportableException {
    if (node.isDouble() && !Double.isFinite(node.doubleValue())) {
      replaced = true;
      double value = node.doubleValue();
      return JsonNodeFactory.instance.stringNode(
          Double.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }
    if (node.isInt() || node.isLong()) {
      return node;
    }
    BigDecimal value =
        node.isBigInteger() ? new BigDecimal(node.bigIntegerValue()) : node.decimalValue();
    BigDecimal magnitude = value.abs();
    if (value.precision() > MAX_DIGITS
        || (value.signum() != 0
            && (magnitude.compareTo(SMALLEST) < 0 || magnitude.compareTo(LARGEST) > 0))) {
      throw new UnimportableException(
          Reason.BAD_VALUE,
          "",
          "Expected numbers within a double's range and of at most %d digits, but one is not."
              .formatted(MAX_DIGITS));
    }
    return node;
  }

  private static void checkText(String text) throws UnimportableException {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        throw new UnimportableException(
            Reason.BAD_VALUE, "", "Expected no U+0000, but a text holds one.");
      }
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          throw new UnimportableException(
              Reason.BAD_VALUE, "", "Expected Unicode, but a text holds an unpaired surrogate.");
        }
        i++;
      }
    }
  }

  /** How deep a value is nested; 1 for an object without any. */
  static int depth(JsonNode node) {
    int deepest = 0;
    for (JsonNode each : node) {
      deepest = Math.max(deepest, depth(each));
    }
    return node.isContainer() ? deepest + 1 : 0;
  }

  /** The compact text of a value. */
  static String text(JsonNode node) {
    return MAPPER.writeValueAsString(node);
  }

  /** Its length in bytes. */
  static int bytes(JsonNode node) {
    return MAPPER.writeValueAsBytes(node).length;
  }
}
