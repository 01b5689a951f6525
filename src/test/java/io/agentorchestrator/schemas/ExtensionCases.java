package io.agentorchestrator.schemas;

import io.agentorchestrator.schemas.Rule.Sample;
import java.util.List;

/** Extension attributes of the envelope, each an object to lay over a command. */
final class ExtensionCases {

  private ExtensionCases() {}

  static List<Sample> accepted() {
    return List.of(
        extension("text", "x1", "\"text\""),
        extension("empty text", "tracestate", "\"\""),
        extension("long text", "x", "\"" + "x".repeat(6_000) + "\""),
        extension("emoji", "x", "\"\\ud83d\\ude00\""),
        extension("integer", "sequence", "5"),
        extension("fraction", "x", "-1.5"),
        extension("biggest number", "x", "1.7976931348623157e308"),
        extension("100 digits", "x", "9".repeat(100)),
        extension("boolean", "flag", "true"),
        extension("null", "partitionkey", "null"),
        extension("long name", "a".repeat(100), "\"x\""),
        extension("name of digits", "123", "\"x\""));
  }

  static List<Sample> refused() {
    return List.of(
        extension("object", "x", "{}"),
        extension("array", "x", "[]"),
        extension("array of text", "x", "[\"a\"]"),
        extension("too big a number", "x", "1e309"),
        extension("too small a number", "x", "1e-400"),
        extension("101 digits", "x", "9".repeat(101)),
        extension("NUL in the value", "x", "\"a\\u0000\""),
        extension("surrogate in the value", "x", "\"\\ud83d\""),
        extension("upper case in the name", "traceParent", "\"x\""),
        extension("upper case null", "X", "null"),
        extension("underscore in the name", "agent_id", "\"x\""),
        extension("hyphen in the name", "trace-parent", "\"x\""),
        extension("dot in the name", "a.b", "\"x\""),
        extension("blank in the name", "a ", "\"x\""),
        extension("newline after the name", "a\\n", "\"x\""),
        extension("no name", "", "\"x\""),
        extension("umlaut in the name", "\\u00e4", "\"x\""),
        extension("foreign digit in the name", "\\u0661", "\"x\""),
        extension("NUL in the name", "a\\u0000", "\"x\""),
        extension("surrogate in the name", "a\\ud83d", "\"x\""),
        extension("data_base64", "data_base64", "\"e30=\""),
        extension("data_base64 null", "data_base64", "null"));
  }

  private static Sample extension(String label, String name, String value) {
    return new Sample(
        label + " " + shorten(name), Schemas.JSON.readTree("{\"" + name + "\":" + value + "}"));
  }

  private static String shorten(String name) {
    return name.length() > 30 ? "of " + name.length() + " letters" : name;
  }
}
