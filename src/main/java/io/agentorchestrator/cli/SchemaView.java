package io.agentorchestrator.cli;

import io.agentorchestrator.schema.Migrations;
import io.agentorchestrator.schema.SchemaFinding;
import io.agentorchestrator.schema.SchemaFinding.State;
import io.agentorchestrator.schema.SchemaObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;
import tools.jackson.databind.json.JsonMapper;

/** The schema as people read it, or as JSON objects, one a line. */
final class SchemaView {

  private final boolean json;
  private final Ansi ansi;

  SchemaView(boolean json, Ansi ansi) {
    this.json = json;
    this.ansi = ansi;
  }

  /** How everything stands; for people, with a sum. */
  List<String> lines(List<SchemaFinding> findings) {
    List<String> lines = new ArrayList<>();
    int width = findings.stream().mapToInt(each -> each.object().name().length()).max().orElse(0);
    findings.forEach(each -> lines.add(json ? write(fields(each)) : text(each, width)));
    if (!json) {
      long wanting = findings.stream().filter(each -> each.state() != State.PRESENT).count();
      lines.add(
          wanting == 0
              ? "All %d are there.".formatted(findings.size())
              : "%d of %d are missing or broken.".formatted(wanting, findings.size()));
    }
    return lines;
  }

  private static Map<String, @Nullable Object> fields(SchemaFinding finding) {
    Map<String, @Nullable Object> fields = fields(finding.object());
    fields.put("state", finding.state().word());
    fields.put("detail", finding.detail());
    return fields;
  }

  private static Map<String, @Nullable Object> fields(SchemaObject object) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("kind", object.kind().word());
    fields.put("name", object.name());
    return fields;
  }

  private String text(SchemaFinding finding, int width) {
    String state = finding.state().word();
    return "%-11s  %s  %s%s"
        .formatted(
            finding.object().kind().word(),
            ("%-" + width + "s").formatted(finding.object().name()),
            colored(finding.state() == State.PRESENT ? "green" : "red", state),
            finding.detail() == null ? "" : ": " + finding.detail());
  }

  /** What migrations did. */
  String of(Migrations.Result result) {
    if (json) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      fields.put("applied", result.applied());
      fields.put("version", result.version());
      return write(fields);
    }
    StringBuilder text = new StringBuilder();
    result.applied().forEach(each -> text.append("applied  ").append(each).append('\n'));
    return text.append("The schema is at version ").append(result.version()).append('.').toString();
  }

  /** What initial data is there. */
  String setUp(List<String> topics, int months) {
    if (json) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      fields.put("topics", topics);
      fields.put("partitions_created", months);
      return write(fields);
    }
    StringBuilder text = new StringBuilder();
    topics.forEach(each -> text.append("topic    ").append(each).append('\n'));
    return text.append(
            months == 0
                ? "The topics are there, and the log's partitions for a year ahead."
                : "The topics are there; %d partitions of the log were created.".formatted(months))
        .toString();
  }

  /** What is no more; for people, with what is left to do. */
  List<String> dropped(List<SchemaObject> objects) {
    List<String> lines = new ArrayList<>();
    for (SchemaObject each : objects) {
      Map<String, @Nullable Object> fields = fields(each);
      fields.put("state", "dropped");
      lines.add(
          json ? write(fields) : "%-11s  %s  dropped".formatted(each.kind().word(), each.name()));
    }
    if (!json) {
      lines.add(
          "%d dropped. The topics on Kafka are as they were: a relay of a new schema refuses to start"
              .formatted(objects.size()));
      lines.add(
          "beside them. Delete them, too, or bring all back: `relay repair --after-restore`.");
    }
    return lines;
  }

  private static String write(Map<String, ? extends @Nullable Object> fields) {
    return JsonMapper.shared().writeValueAsString(fields);
  }

  private String colored(String style, String text) {
    // Markup inside of the text would be obeyed, so it is only ever put around it.
    return ansi.enabled()
        ? Ansi.Style.on(Ansi.Style.parse(style)) + text + Ansi.Style.reset.on()
        : text;
  }
}
