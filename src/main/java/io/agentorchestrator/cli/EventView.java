package io.agentorchestrator.cli;

import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Events of the log as people read them, a line each, and as programs do, an object each. */
final class EventView {

  private static final int TYPE_WIDTH = "agent.status-changed".length();

  private final boolean json;
  private final Ansi ansi;

  EventView(boolean json, Ansi ansi) {
    this.json = json;
    this.ansi = ansi;
  }

  /**
   * One event on a line.
   *
   * @param record as it stands on the log
   * @param event what it says
   */
  String line(ConsumerRecord<byte[], byte[]> record, JsonNode event) {
    return json ? json(record, event) : text(event);
  }

  /** As the relay has written it, which is one line: so numbers keep their digits. */
  private static String json(ConsumerRecord<byte[], byte[]> record, JsonNode event) {
    String written = new String(record.value(), StandardCharsets.UTF_8);
    return written.lines().count() == 1 ? written : JsonMapper.shared().writeValueAsString(event);
  }

  /** What stands on the log and is no event. */
  static String noEvent(ConsumerRecord<byte[], byte[]> record) {
    return "%s %d:%d is no event; somebody else has written it."
        .formatted(record.topic(), record.partition(), record.offset());
  }

  private String text(JsonNode event) {
    JsonNode data = event.path("data");
    String type = event.path("type").asString("");
    String status = data.path("status").asString("");
    return "%s  %s  %s  %s"
        .formatted(
            Text.line("%-27s".formatted(event.path("time").asString(""))),
            colored(
                color(type, status), Text.line(("%-" + TYPE_WIDTH + "s").formatted(name(type)))),
            Text.line("%-22s".formatted(entity(data))),
            Text.line(data.path("message").asString("")));
  }

  private static String name(String type) {
    int version = type.lastIndexOf(".v");
    return version < 0 ? type : type.substring(0, version);
  }

  /** The end of an id: those made in one minute begin alike. */
  private static String entity(JsonNode data) {
    String id = data.path("entity_id").asString("");
    return "%s …%s"
        .formatted(data.path("entity_type").asString("-"), id.substring(id.lastIndexOf('-') + 1));
  }

  private static @Nullable String color(String type, String status) {
    if (status.equals(EventStatus.FAILURE.value())) {
      return "red";
    }
    return status.equals(EventStatus.PARTIAL.value())
            || type.equals(EventType.TASK_TIMED_OUT.value())
            || type.equals(EventType.TASK_RETRY_SCHEDULED.value())
        ? "yellow"
        : null;
  }

  private String colored(@Nullable String style, String text) {
    // Markup inside of the text would be obeyed, so it is only ever put around it.
    return ansi.enabled() && style != null
        ? Ansi.Style.on(Ansi.Style.parse(style)) + text + Ansi.Style.reset.on()
        : text;
  }
}
