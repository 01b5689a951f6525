package io.agentorchestrator.commands;

import io.agentorchestrator.messages.JsonObject;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the members of a JSON object, each at most once and within its bounds, and refuses what is
 * left over. Lengths are in code points. Methods that return null do so where the member is absent;
 * a member that is {@code null} is refused.
 */
final class DataReader {

  private static final Pattern UUID_PATTERN =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  private static final int MAX_OBJECT_DEPTH = 10;
  private static final int MAX_OBJECT_BYTES = 256 * 1024;

  private final ObjectNode object;
  private final String path;
  private final Set<String> seen = new HashSet<>();

  DataReader(ObjectNode object, String path) {
    this.object = object;
    this.path = path;
  }

  /** Reads a UUID in lower case. */
  static UUID uuid(String text, String path) throws UnreadableException {
    if (!UUID_PATTERN.matcher(text).matches()) {
      throw UnreadableException.violation(path, "expected a UUID in lower case, but it is not");
    }
    return UUID.fromString(text);
  }

  /** Refuses a text whose length is out of bounds. */
  static void checkLength(String text, String path, int min, int max) throws UnreadableException {
    int length = text.codePointCount(0, text.length());
    if (length < min || length > max) {
      throw UnreadableException.violation(
          path, "expected %d to %d characters, but it has %d".formatted(min, max, length));
    }
  }

  @Nullable String optionalText(String name, int min, int max) throws UnreadableException {
    JsonNode node = member(name);
    return node == null ? null : text(node, path(name), min, max);
  }

  String text(String name, int min, int max) throws UnreadableException {
    return required(name, optionalText(name, min, max));
  }

  @Nullable UUID optionalUuid(String name) throws UnreadableException {
    JsonNode node = member(name);
    return node == null ? null : uuid(text(node, path(name)), path(name));
  }

  UUID uuid(String name) throws UnreadableException {
    return required(name, optionalUuid(name));
  }

  @Nullable Integer optionalInteger(String name, int min, int max) throws UnreadableException {
    JsonNode node = member(name);
    if (node == null) {
      return null;
    }
    BigDecimal value = number(node, name);
    boolean integral = value.signum() == 0 || value.stripTrailingZeros().scale() <= 0;
    if (!integral
        || value.compareTo(BigDecimal.valueOf(min)) < 0
        || value.compareTo(BigDecimal.valueOf(max)) > 0) {
      throw UnreadableException.violation(
          path(name), "expected an integer from %d to %d, but it is not".formatted(min, max));
    }
    return value.intValueExact();
  }

  int integer(String name, int min, int max) throws UnreadableException {
    return required(name, optionalInteger(name, min, max));
  }

  int integer(String name, int min, int max, int absent) throws UnreadableException {
    Integer value = optionalInteger(name, min, max);
    return value == null ? absent : value;
  }

  /** Reads a number from 0 to 1. */
  @Nullable Double optionalFraction(String name) throws UnreadableException {
    JsonNode node = member(name);
    if (node == null) {
      return null;
    }
    BigDecimal value = number(node, name);
    if (value.signum() < 0 || value.compareTo(BigDecimal.ONE) > 0) {
      throw UnreadableException.violation(
          path(name), "expected a number from 0 to 1, but it is not");
    }
    return value.doubleValue();
  }

  boolean bool(String name, boolean absent) throws UnreadableException {
    JsonNode node = member(name);
    if (node == null) {
      return absent;
    }
    if (!node.isBoolean()) {
      throw wrongType(path(name), "true or false", node);
    }
    return node.booleanValue();
  }

  /** Reads one of the words given; the first is the default. */
  String oneOf(String name, String... words) throws UnreadableException {
    String word = optionalOneOf(name, words);
    return word == null ? words[0] : word;
  }

  /** Reads one of the words given; null where it is absent. */
  @Nullable String optionalOneOf(String name, String... allowed) throws UnreadableException {
    JsonNode node = member(name);
    if (node == null) {
      return null;
    }
    List<String> words = List.of(allowed);
    String word = text(node, path(name));
    if (!words.contains(word)) {
      throw UnreadableException.violation(
          path(name), "expected one of %s, but it is none".formatted(words));
    }
    return word;
  }

  /** Reads an array of different texts; empty where it is absent. */
  List<String> distinctTexts(String name, int maxItems, int minLength, int maxLength)
      throws UnreadableException {
    List<String> texts = texts(name, maxItems, minLength, maxLength);
    Set<String> different = new HashSet<>();
    for (int i = 0; i < texts.size(); i++) {
      if (!different.add(texts.get(i))) {
        throw UnreadableException.violation(
            "%s[%d]".formatted(path(name), i), "expected different elements, but it repeats one");
      }
    }
    return texts;
  }

  /** Reads an array of texts, repeated or not; empty where it is absent. */
  List<String> texts(String name, int maxItems, int minLength, int maxLength)
      throws UnreadableException {
    List<String> texts = new ArrayList<>();
    for (JsonNode element : elements(name, maxItems)) {
      texts.add(text(element, "%s[%d]".formatted(path(name), texts.size()), minLength, maxLength));
    }
    return List.copyOf(texts);
  }

  /** Reads an array of UUIDs, repeated or not; empty where it is absent. */
  List<UUID> uuids(String name, int maxItems) throws UnreadableException {
    List<UUID> uuids = new ArrayList<>();
    for (JsonNode element : elements(name, maxItems)) {
      String elementPath = "%s[%d]".formatted(path(name), uuids.size());
      uuids.add(uuid(text(element, elementPath), elementPath));
    }
    return List.copyOf(uuids);
  }

  /** Reads an array of objects; null where it is absent. */
  @Nullable List<DataReader> optionalObjects(String name, int minItems, int maxItems)
      throws UnreadableException {
    if (!object.has(name)) {
      return null;
    }
    List<DataReader> readers = new ArrayList<>();
    for (JsonNode element : elements(name, maxItems)) {
      String elementPath = "%s[%d]".formatted(path(name), readers.size());
      readers.add(new DataReader(asObject(element, elementPath), elementPath));
    }
    if (readers.size() < minItems) {
      throw UnreadableException.violation(
          path(name),
          "expected at least %d elements, but it has %d".formatted(minItems, readers.size()));
    }
    return readers;
  }

  /** Reads an object of the user's own, bounded in depth and size; null where it is absent. */
  @Nullable JsonObject optionalJson(String name) throws UnreadableException {
    JsonNode node = member(name);
    return node == null ? null : json(asObject(node, path(name)), path(name));
  }

  JsonObject json(String name) throws UnreadableException {
    JsonObject value = optionalJson(name);
    return value == null ? JsonObject.EMPTY : value;
  }

  /** Reads an object of our own, whose members are read in turn; null where it is absent. */
  @Nullable DataReader optionalObject(String name) throws UnreadableException {
    JsonNode node = member(name);
    return node == null ? null : new DataReader(asObject(node, path(name)), path(name));
  }

  DataReader object(String name) throws UnreadableException {
    return required(name, optionalObject(name));
  }

  boolean has(String name) {
    return object.has(name);
  }

  /** Refuses the members that nobody has read: a typo must not pass in silence. */
  void end() throws UnreadableException {
    for (String name : object.propertyNames()) {
      if (!seen.contains(name)) {
        throw UnreadableException.violation(path(name), "expected no such field");
      }
    }
  }

  /** Refuses an absence. */
  <T> T required(String name, @Nullable T value) throws UnreadableException {
    if (value == null) {
      throw UnreadableException.violation(path(name), "expected this field, but it is missing");
    }
    return value;
  }

  String path(String name) {
    return path + "." + name;
  }

  private @Nullable JsonNode member(String name) {
    seen.add(name);
    return object.get(name);
  }

  private List<JsonNode> elements(String name, int maxItems) throws UnreadableException {
    JsonNode node = member(name);
    if (node == null) {
      return List.of();
    }
    if (!node.isArray()) {
      throw wrongType(path(name), "an array", node);
    }
    if (node.size() > maxItems) {
      throw UnreadableException.violation(
          path(name),
          "expected at most %d elements, but it has %d".formatted(maxItems, node.size()));
    }
    return List.copyOf(node.values());
  }

  private static JsonObject json(ObjectNode node, String path) throws UnreadableException {
    int depth = depth(node);
    if (depth > MAX_OBJECT_DEPTH) {
      throw UnreadableException.violation(
          path, "expected at most %d levels, but it has %d".formatted(MAX_OBJECT_DEPTH, depth));
    }
    String text = node.toString();
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_OBJECT_BYTES) {
      throw UnreadableException.violation(
          path, "expected at most %d bytes, but it has %d".formatted(MAX_OBJECT_BYTES, bytes));
    }
    return new JsonObject(text);
  }

  private static int depth(JsonNode node) {
    if (!node.isContainer()) {
      return 0;
    }
    int deepest = 0;
    for (JsonNode element : node) {
      deepest = Math.max(deepest, depth(element));
    }
    return deepest + 1;
  }

  private BigDecimal number(JsonNode node, String name) throws UnreadableException {
    if (!node.isNumber()) {
      throw wrongType(path(name), "a number", node);
    }
    return node.decimalValue();
  }

  private static String text(JsonNode node, String path, int min, int max)
      throws UnreadableException {
    String text = text(node, path);
    checkLength(text, path, min, max);
    return text;
  }

  private static String text(JsonNode node, String path) throws UnreadableException {
    if (!node.isString()) {
      throw wrongType(path, "a string", node);
    }
    return node.stringValue();
  }

  private static ObjectNode asObject(JsonNode node, String path) throws UnreadableException {
    if (node instanceof ObjectNode objectNode) {
      return objectNode;
    }
    throw wrongType(path, "an object", node);
  }

  private static UnreadableException wrongType(String path, String expected, JsonNode actual) {
    return UnreadableException.violation(
        path,
        "expected %s, but it is of type %s"
            .formatted(expected, actual.getNodeType().name().toLowerCase(Locale.ROOT)));
  }
}
