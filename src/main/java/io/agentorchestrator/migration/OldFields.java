package io.agentorchestrator.migration;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fields of a record of the old store, read into what the contract has room for. What does not
 * fit and can be made to is noted, and the field as it was goes to the metadata, under {@code
 * imported}; what cannot makes the record one that is not taken over.
 */
final class OldFields {

  static final String IMPORTED = "imported";

  private static final Pattern UUID_FORM =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  private static final int MAX_DEPTH = 10;
  private static final int MAX_BYTES = 256 * 1024;
  private static final int MAX_LABELS = 50;

  private final ObjectNode old;
  private final List<Note> notes = new ArrayList<>();
  private final Set<String> invented = new HashSet<>();

  OldFields(OldJson old) {
    this.old = old.object();
    if (old.hasReplacedNumbers()) {
      note(Reason.NOT_A_NUMBER, "", "NaN or an infinity became a text.");
    }
  }

  /** Reads an id; nothing where the text is none. */
  static Optional<UUID> uuid(String text) {
    return UUID_FORM.matcher(text).matches()
        ? Optional.of(UUID.fromString(text))
        : Optional.empty();
  }

  void note(Reason reason, String field, String message) {
    notes.add(new Note(reason, field, message));
  }

  List<Note> notes() {
    return notes;
  }

  void invent(String field) {
    invented.add(field);
  }

  Set<String> invented() {
    return invented;
  }

  /** The record has to name the id that its field has, or none. */
  void requireId(UUID id) throws UnimportableException {
    JsonNode own = old.path("id");
    boolean same =
        own.isMissingNode() || (own.isString() && own.stringValue().equals(id.toString()));
    if (!same) {
      throw new UnimportableException(
          Reason.OTHER_ID, "id", "Expected the id of the field, but the record names another.");
    }
  }

  /** A text; null where it is absent or null. */
  @Nullable String text(String field) throws UnimportableException {
    JsonNode value = old.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isString()) {
      throw new UnimportableException(
          Reason.OUT_OF_BOUNDS, field, "Expected a text, but it is another value.");
    }
    return value.stringValue();
  }

  /** A text that has to be there, of 1 to so many characters. */
  String required(String field, int longest) throws UnimportableException {
    String text = text(field);
    if (text == null || text.isEmpty()) {
      throw new UnimportableException(Reason.MISSING, field, "Expected a text, but there is none.");
    }
    int length = length(text);
    if (length > longest) {
      throw new UnimportableException(
          Reason.OUT_OF_BOUNDS,
          field,
          "Expected at most %d characters, but it has %d.".formatted(longest, length));
    }
    return text;
  }

  /** Cuts a text to so many characters. */
  String cut(String field, String text, int longest) {
    int length = length(text);
    if (length <= longest) {
      return text;
    }
    note(Reason.CUT, field, "Cut from %d to %d characters.".formatted(length, longest));
    return text.substring(0, text.offsetByCodePoints(0, longest));
  }

  /** A name of 3 to 255 characters, made of what there is. */
  String name(UUID id) throws UnimportableException {
    String name = text("name");
    if (name == null || name.isBlank()) {
      note(Reason.REPLACED, "name", "There is no name; it has the id for one.");
      return id.toString();
    }
    if (length(name) < 3) {
      note(Reason.REPLACED, "name", "The name has under 3 characters; a part of the id follows.");
      return "%s (%s)".formatted(name, id.toString().substring(0, 8));
    }
    return cut("name", name, 255);
  }

  /** A state, by its value or by the name that Python gives an enum's member. */
  String status(Map<String, String> known) throws UnimportableException {
    String text = text("status");
    if (text == null) {
      throw new UnimportableException(
          Reason.MISSING, "status", "Expected a state, but it is none.");
    }
    String status = known.get(plainStatus(text));
    if (status == null) {
      throw new UnimportableException(
          Reason.BAD_STATUS,
          "status",
          "Expected one of %s, but it is another.".formatted(new TreeSet<>(known.keySet())));
    }
    return status;
  }

  /** A state by its value, {@code running} of {@code TaskStatus.RUNNING}. */
  static String plainStatus(String text) {
    return text.substring(text.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  /** A time; null where it is absent or null. */
  @Nullable Instant time(String field) throws UnimportableException {
    String text = text(field);
    if (text == null) {
      return null;
    }
    return OldTime.parse(text)
        .orElseThrow(
            () ->
                new UnimportableException(
                    Reason.BAD_TIME,
                    field,
                    "Expected a time such as 2024-01-15 10:30:00.123456, but it is none."));
  }

  /** A time that has to be known here; where the record does not tell, it is now. */
  Instant timeOrNow(String field, Instant now) throws UnimportableException {
    Instant time = time(field);
    if (time == null) {
      invent(field);
      note(Reason.REPLACED, field, "There is no time; it has the import's.");
      return now;
    }
    return time;
  }

  /** An object; what is none becomes the member {@code value} of one, as it cannot stay alone. */
  ObjectNode object(String field) throws UnimportableException {
    JsonNode value = old.path(field);
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    if (value instanceof ObjectNode own) {
      object = own;
    } else if (!value.isMissingNode() && !value.isNull()) {
      note(Reason.WRAPPED, field, "The value is no object; it became the member value of one.");
      object.set(OldView.VALUE, value);
    }
    if (OldJson.depth(object) > MAX_DEPTH) {
      throw new UnimportableException(
          Reason.OUT_OF_BOUNDS,
          field,
          "Expected at most %d levels, but it has more.".formatted(MAX_DEPTH));
    }
    if (OldJson.bytes(object) > MAX_BYTES) {
      throw new UnimportableException(
          Reason.OUT_OF_BOUNDS, field, "Expected at most 256 KiB, but it has more.");
    }
    return object;
  }

  /** Whether there is a value, and not null. */
  boolean has(String field) {
    return !old.path(field).isMissingNode() && !old.path(field).isNull();
  }

  JsonNode get(String field) {
    return old.path(field);
  }

  /** The texts of a list, each once; others, and those a condition refuses, are left out. */
  List<String> texts(String field, int most, String what, Predicate<String> fits) {
    JsonNode value = old.path(field);
    Set<String> texts = new LinkedHashSet<>();
    int refused = 0;
    if (value.isArray()) {
      for (JsonNode each : value) {
        if (each.isString() && fits.test(each.stringValue())) {
          texts.add(each.stringValue());
        } else {
          refused++;
        }
      }
    } else if (has(field)) {
      refused = 1;
    }
    if (refused > 0) {
      note(Reason.REPLACED, field, "%d are no %s; left out.".formatted(refused, what));
    }
    if (texts.size() > most) {
      note(Reason.CUT, field, "Cut from %d to %d.".formatted(texts.size(), most));
    }
    return texts.stream().limit(most).toList();
  }

  /** What an agent is capable of. */
  List<String> capabilities() {
    return texts(
        "capabilities",
        MAX_LABELS,
        "texts of 2 to 100 characters",
        text -> length(text) >= 2 && length(text) <= 100);
  }

  /** The ids of a list, each once; others are left out. */
  List<UUID> ids(String field) {
    return texts(field, Integer.MAX_VALUE, "ids", text -> uuid(text).isPresent()).stream()
        .map(UUID::fromString)
        .toList();
  }

  /**
   * The metadata: those fields of the record that would not come out of the entity as they were.
   *
   * @param back the record that would come out
   * @param derived fields that follow from others, and are not kept
   */
  ObjectNode metadata(ObjectNode back, Set<String> derived) {
    ObjectNode imported = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> field : old.properties()) {
      if (!derived.contains(field.getKey()) && !field.getValue().equals(back.get(field.getKey()))) {
        imported.set(field.getKey(), field.getValue());
      }
    }
    ObjectNode metadata = JsonNodeFactory.instance.objectNode();
    if (imported.isEmpty()) {
      return metadata;
    }
    metadata.set(IMPORTED, imported);
    for (String field : List.copyOf(imported.propertyNames())) {
      if (OldJson.depth(imported.get(field)) > MAX_DEPTH - 2
          || OldJson.bytes(imported.get(field)) > MAX_BYTES - 1024) {
        leaveOut(imported, field);
      }
    }
    for (String field : List.copyOf(imported.propertyNames())) {
      if (OldJson.bytes(metadata) > MAX_BYTES) {
        leaveOut(imported, field);
      }
    }
    return metadata;
  }

  private void leaveOut(ObjectNode imported, String field) {
    imported.remove(field);
    note(Reason.LEFT_OUT, field, "As it was, it is too large or too deep for the metadata.");
  }

  static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
