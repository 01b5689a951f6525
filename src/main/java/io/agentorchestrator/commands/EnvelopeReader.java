package io.agentorchestrator.commands;

import java.util.Map;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Checks the CloudEvents attributes of a command (CloudEvents 1.0.2, section "Context attributes",
 * and {@code schemas/envelope.json}), whichever mode they came in.
 */
final class EnvelopeReader {

  /** The most characters of {@code id}, {@code source} and {@code actor}. */
  static final int MAX_ATTRIBUTE = 255;

  private static final Pattern NAME = Pattern.compile("[a-z0-9]+");
  private static final Pattern TIME =
      Pattern.compile(
          "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]"
              + "([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]+)?"
              + "([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])");
  private static final Pattern JSON_TYPE =
      Pattern.compile("application/([a-z0-9.+-]+\\+)?json(\\s*;.*)?", Pattern.CASE_INSENSITIVE);

  private final Map<String, JsonNode> attributes;

  EnvelopeReader(SequencedMap<String, JsonNode> attributes) {
    this.attributes = attributes;
  }

  /** Refuses an envelope of another version of CloudEvents. */
  void checkVersion() throws UnreadableException {
    String version = required("specversion");
    if (!version.equals("1.0")) {
      throw UnreadableException.violation("specversion", "expected 1.0, but it is another");
    }
  }

  /** Returns a required attribute of bounded length. */
  String bounded(String name) throws UnreadableException {
    String value = required(name);
    DataReader.checkLength(value, name, 1, MAX_ATTRIBUTE);
    return value;
  }

  /** Returns an optional attribute of bounded length, or null. */
  @Nullable String optionalBounded(String name) throws UnreadableException {
    return optional(name) == null ? null : bounded(name);
  }

  /** Returns a required attribute. */
  String required(String name) throws UnreadableException {
    String value = optional(name);
    if (value == null) {
      throw UnreadableException.violation(name, "expected this attribute, but it is missing");
    }
    return value;
  }

  /** Returns the trace context, or null where there is none that could be handed on. */
  @Nullable String traceparent() {
    JsonNode value = attributes.get("traceparent");
    return value == null || !value.isString() ? null : Traceparent.valid(value.stringValue());
  }

  /** Checks the attributes that are not acted on, and refuses what can be none. */
  void checkOthers() throws UnreadableException {
    String time = optional("time");
    if (time != null && !TIME.matcher(time).matches()) {
      throw UnreadableException.violation("time", "expected an RFC 3339 time, but it is none");
    }
    String contentType = optional("datacontenttype");
    if (contentType != null && !JSON_TYPE.matcher(contentType).matches()) {
      throw UnreadableException.violation(
          "datacontenttype", "expected a JSON media type, but it is another");
    }
    optional("dataschema");
    for (Map.Entry<String, JsonNode> attribute : attributes.entrySet()) {
      if (!NAME.matcher(attribute.getKey()).matches()) {
        throw UnreadableException.violation(
            attribute.getKey(), "expected attribute names of lower-case letters and digits");
      }
      if (attribute.getValue().isContainer()) {
        throw UnreadableException.violation(
            attribute.getKey(), "expected a string, a number or a boolean");
      }
    }
  }

  /** A null attribute is an absent one (CloudEvents JSON format 1.0.2, section 2.2). */
  private @Nullable String optional(String name) throws UnreadableException {
    JsonNode value = attributes.get(name);
    if (value == null || value.isNull()) {
      return null;
    }
    if (!value.isString()) {
      throw UnreadableException.violation(name, "expected a string, but it is not");
    }
    return value.stringValue();
  }
}
