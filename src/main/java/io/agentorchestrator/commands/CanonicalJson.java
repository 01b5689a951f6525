package io.agentorchestrator.commands;

import java.math.BigDecimal;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * Writes JSON so that two notations of the same content come out alike: members sorted by name,
 * numbers without trailing zeros, no white space. For digests only; nobody reads it.
 */
final class CanonicalJson {

  private CanonicalJson() {}

  static void append(JsonNode node, StringBuilder out) {
    switch (node.getNodeType()) {
      case OBJECT -> {
        TreeMap<String, JsonNode> members = new TreeMap<>();
        node.forEachEntry(members::put);
        out.append('{');
        members.forEach(
            (name, value) -> {
              appendText(name, out);
              out.append(':');
              append(value, out);
              out.append(',');
            });
        out.append('}');
      }
      case ARRAY -> {
        out.append('[');
        for (JsonNode element : node) {
          append(element, out);
          out.append(',');
        }
        out.append(']');
      }
      case STRING -> appendText(node.stringValue(), out);
      case NUMBER -> appendNumber(node.decimalValue(), out);
      case BOOLEAN, NULL -> out.append(node);
      case BINARY, MISSING, POJO ->
          throw new IllegalArgumentException("not of a JSON text: " + node.getNodeType());
    }
  }

  /** By length and content: cheaper than escaping, and just as unambiguous. */
  private static void appendText(String text, StringBuilder out) {
    out.append(text.length()).append('"').append(text).append('"');
  }

  private static void appendNumber(BigDecimal number, StringBuilder out) {
    BigDecimal plain = number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
    out.append(plain.unscaledValue()).append('e').append(-(long) plain.scale());
  }
}
