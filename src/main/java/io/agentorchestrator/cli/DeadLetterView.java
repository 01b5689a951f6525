package io.agentorchestrator.cli;

import io.agentorchestrator.deadletters.DeadLetter;
import io.agentorchestrator.deadletters.Place;
import io.agentorchestrator.deadletters.RedriveResult;
import io.agentorchestrator.messages.Redrive;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;
import tools.jackson.databind.json.JsonMapper;

/** Dead letters as people read them, a line each, and as programs do, a JSON object each. */
final class DeadLetterView {

  private static final int REASON_WIDTH = "PROCESSING_FAILED".length();

  private final boolean json;
  private final Ansi ansi;

  DeadLetterView(boolean json, Ansi ansi) {
    this.json = json;
    this.ansi = ansi;
  }

  /** One dead letter on a line. */
  String line(DeadLetter deadLetter) {
    return json ? write(fields(deadLetter)) : text(deadLetter);
  }

  /** What became of one, on a line. */
  String line(RedriveResult result) {
    return outcome(
        result.deadLetter(),
        result.outcome().name().toLowerCase(Locale.ROOT),
        result.message(),
        result.outcome().isDone() ? "green" : "red",
        result.sent());
  }

  /** What would become of one, on a line. */
  String planned(DeadLetter deadLetter) {
    return outcome(deadLetter, "would_redrive", "Would be re-driven.", "yellow", null);
  }

  private String outcome(
      DeadLetter deadLetter, String outcome, String message, String color, @Nullable Place sent) {
    if (json) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      fields.put("outcome", outcome);
      fields.put("outcome_message", message);
      fields.put("sent", sent == null ? null : place(sent));
      fields.put("dead_letter", fields(deadLetter));
      return write(fields);
    }
    return "%s  %s  %s  key %s%s"
        .formatted(
            bold("%-8s".formatted(deadLetter.at().withinTopic())),
            colored(color, "%-19s".formatted(outcome.replace('_', ' '))),
            Text.line(message),
            Text.line(deadLetter.key()),
            sent == null ? "" : "  now " + sent);
  }

  private String text(DeadLetter deadLetter) {
    Place refused = deadLetter.refused();
    Redrive redrive = deadLetter.redrive();
    return "%s  %s  %s  %s  key %s  %s%s"
        .formatted(
            bold("%-8s".formatted(deadLetter.at().withinTopic())),
            deadLetter.time(),
            colored(
                "yellow", ("%-" + REASON_WIDTH + "s").formatted(Text.line(deadLetter.reason()))),
            refused == null ? "-" : refused,
            Text.line(deadLetter.key()),
            Text.line(deadLetter.message()),
            redrive == null
                ? ""
                : "  (was %d:%d, re-driven)".formatted(redrive.partition(), redrive.offset()));
  }

  /** All of one: headers, key, message and value. */
  String whole(ConsumerRecord<byte[], byte[]> record) {
    DeadLetter deadLetter = DeadLetter.of(record);
    return json ? write(wholeFields(deadLetter, record)) : wholeText(deadLetter, record);
  }

  private Map<String, @Nullable Object> wholeFields(
      DeadLetter deadLetter, ConsumerRecord<byte[], byte[]> record) {
    Map<String, @Nullable Object> fields = fields(deadLetter);
    fields.put(
        "headers",
        Arrays.stream(record.headers().toArray())
            .map(
                header -> {
                  Map<String, @Nullable Object> one = new LinkedHashMap<>();
                  one.put("name", header.key());
                  putBytes(one, "value", header.value());
                  return one;
                })
            .toList());
    putBytes(fields, "value", record.value());
    return fields;
  }

  private String wholeText(DeadLetter deadLetter, ConsumerRecord<byte[], byte[]> record) {
    StringBuilder text = new StringBuilder();
    Place refused = deadLetter.refused();
    entry(text, "dead letter", deadLetter.at().toString());
    entry(text, "time", deadLetter.time().toString());
    entry(text, "reason", Text.line(deadLetter.reason()));
    entry(text, "message", Text.line(deadLetter.message()));
    entry(text, "came from", refused == null ? "-" : refused.toString());
    entry(text, "key", Text.line(deadLetter.key()));
    for (Header header : record.headers()) {
      entry(text, "header", Text.line(header.key()) + ": " + Text.line(header.value()));
    }
    byte[] value = record.value();
    if (value == null) {
      entry(text, "value", "none");
      return text.toString().stripTrailing();
    }
    String readable = Text.of(value);
    entry(
        text,
        "value",
        "%d bytes%s".formatted(value.length, readable == null ? ", no text; as hexadecimal" : ""));
    return text.append(readable == null ? HexDump.of(value) : readable).toString();
  }

  private void entry(StringBuilder text, String name, String value) {
    text.append(bold("%-11s".formatted(name))).append("  ").append(value).append('\n');
  }

  private static Map<String, @Nullable Object> fields(DeadLetter deadLetter) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("partition", deadLetter.at().partition());
    fields.put("offset", deadLetter.at().offset());
    fields.put("time", deadLetter.time().toString());
    fields.put("reason", deadLetter.reason());
    fields.put("message", deadLetter.message());
    fields.put("original", deadLetter.refused() == null ? null : place(deadLetter.refused()));
    putBytes(fields, "key", deadLetter.key());
    fields.put("value_bytes", deadLetter.valueBytes() < 0 ? null : deadLetter.valueBytes());
    fields.put("truncated", deadLetter.truncated());
    fields.put("redrive", deadLetter.redrive());
    return fields;
  }

  private static Map<String, Object> place(Place place) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("topic", place.topic());
    fields.put("partition", place.partition());
    fields.put("offset", place.offset());
    return fields;
  }

  /** Bytes that are text go under the name itself, others under another. */
  private static void putBytes(
      Map<String, @Nullable Object> fields, String name, byte @Nullable [] bytes) {
    String text = bytes == null ? null : Text.of(bytes);
    if (bytes != null && text == null) {
      fields.put(name + "_base64", Base64.getEncoder().encodeToString(bytes));
    } else {
      fields.put(name, text);
    }
  }

  private static String write(Map<String, ? extends @Nullable Object> fields) {
    return JsonMapper.shared().writeValueAsString(fields);
  }

  private String bold(String text) {
    return colored("bold", text);
  }

  private String colored(String style, String text) {
    // Markup inside of the text would be obeyed, so it is only ever put around it.
    return ansi.enabled()
        ? Ansi.Style.on(Ansi.Style.parse(style)) + text + Ansi.Style.reset.on()
        : text;
  }
}
