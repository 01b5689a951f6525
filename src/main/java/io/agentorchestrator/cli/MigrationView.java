package io.agentorchestrator.cli;

import io.agentorchestrator.migration.MigrationReport;
import io.agentorchestrator.migration.MigrationReport.Outcome;
import io.agentorchestrator.migration.OldKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** What came of a move, as people read it and as programs do. */
final class MigrationView {

  private final boolean json;

  MigrationView(boolean json) {
    this.json = json;
  }

  /** The counts. */
  String of(MigrationReport report, boolean dryRun, Duration took) {
    if (json) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      fields.put("dry_run", dryRun);
      for (OldKind kind : OldKind.values()) {
        fields.put(kind.key(), counts(report, kind));
      }
      fields.put("reasons", report.reasons());
      fields.put("report", report.file().toString());
      fields.put("took_seconds", took.toMillis() / 1000.0);
      return JsonMapper.shared().writeValueAsString(fields);
    }
    List<String> lines = new ArrayList<>();
    for (OldKind kind : OldKind.values()) {
      List<String> counted = new ArrayList<>();
      counts(report, kind)
          .forEach((outcome, count) -> counted.add("%,d %s".formatted(count, outcome)));
      lines.add(
          "%-9s  %s"
              .formatted(kind.key(), counted.isEmpty() ? "none" : String.join(", ", counted)));
    }
    report.reasons().forEach((reason, count) -> lines.add("%,9d  %s".formatted(count, reason)));
    lines.add(
        "%sTook %.1f s. Each record that is not as it was has its line in %s."
            .formatted(
                dryRun ? "Nothing was written: this is what would be. " : "",
                took.toMillis() / 1000.0,
                report.file()));
    return String.join(System.lineSeparator(), lines);
  }

  private static Map<String, Long> counts(MigrationReport report, OldKind kind) {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (Outcome outcome : Outcome.values()) {
      if (report.count(kind, outcome) > 0) {
        counts.put(outcome.value(), report.count(kind, outcome));
      }
    }
    return counts;
  }
}
