package io.agentorchestrator.cli;

import io.agentorchestrator.cli.SendResult.Outcome;
import io.agentorchestrator.messages.Envelope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What came of commands as people read it, a line each, and as programs do, an object each. */
final class SendView {

  private final boolean json;
  private final Ansi ansi;

  SendView(boolean json, Ansi ansi) {
    this.json = json;
    this.ansi = ansi;
  }

  /** One command on a line. */
  String line(SendResult result) {
    return json
        ? JsonMapper.shared().writeValueAsString(fields(result))
        : text(result).stripTrailing();
  }

  private String text(SendResult result) {
    SentCommand command = result.command();
    Envelope envelope = command.envelope();
    return "%s%s  %s  %s  %s"
        .formatted(
            command.line() == 0 ? "" : "line %-6d  ".formatted(command.line()),
            colored(
                result.outcome().isGood() ? "green" : "red",
                "%-13s".formatted(name(result.outcome()).replace('_', ' '))),
            envelope.type().operation(),
            envelope.subject(),
            message(result));
  }

  private static String message(SendResult result) {
    if (result.outcome() == Outcome.SENT) {
      return "id " + Text.line(result.command().envelope().id());
    }
    int more = result.events().size() - 1;
    return Text.line(result.message())
        + (result.outcome() == Outcome.ACCEPTED && more > 0
            ? " (and %d more)".formatted(more)
            : "");
  }

  private static Map<String, @Nullable Object> fields(SendResult result) {
    SentCommand command = result.command();
    Envelope envelope = command.envelope();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("outcome", name(result.outcome()));
    fields.put("message", result.message());
    fields.put("line", command.line() == 0 ? null : command.line());
    fields.put("type", envelope.type().value());
    fields.put("subject", envelope.subject().toString());
    fields.put("source", envelope.source());
    fields.put("id", envelope.id());
    fields.put("topic", command.topic());
    fields.put("partition", result.place() == null ? null : result.place().partition());
    fields.put("offset", result.place() == null ? null : result.place().offset());
    fields.put("rejection", rejection(result.events()));
    fields.put("events", result.events());
    return fields;
  }

  private static @Nullable JsonNode rejection(List<JsonNode> events) {
    return events.stream()
        .map(event -> event.path("data").path("details").path("rejection"))
        .filter(JsonNode::isObject)
        .findFirst()
        .orElse(null);
  }

  private static String name(Outcome outcome) {
    return outcome.name().toLowerCase(Locale.ROOT);
  }

  private String colored(String style, String text) {
    // Markup inside of the text would be obeyed, so it is only ever put around it.
    return ansi.enabled()
        ? Ansi.Style.on(Ansi.Style.parse(style)) + text + Ansi.Style.reset.on()
        : text;
  }
}
