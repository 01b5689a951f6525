package io.agentorchestrator.cli;

import io.agentorchestrator.log.RelayOverview;
import io.agentorchestrator.log.RepairFinding;
import io.agentorchestrator.log.RepairReport;
import io.agentorchestrator.log.RepairStep;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** The relay's state and its repair as people read them, or as a JSON object. */
final class RelayView {

  private final boolean json;

  RelayView(boolean json) {
    this.json = json;
  }

  /** A step of a repair, on a line. */
  static String of(RepairStep step, long count) {
    return switch (step) {
      case READ, COMPARED, RESTORED, PUBLISHED -> "%,d %s".formatted(count, step.text());
      case LEADING, FENCED, PAUSED, MARKED, SLOT_READY, VERIFIED, CHECKPOINTED -> step.text();
    };
  }

  /** How the relay stands. */
  String of(RelayOverview overview) {
    return json ? write(fields(overview)) : text(overview);
  }

  /** What a repair found and did. */
  String of(RepairReport report) {
    return json ? write(fields(report)) : text(report);
  }

  private static Map<String, @Nullable Object> fields(RelayOverview overview) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("leads", overview.leader() != null && isRelay(overview.leader()));
    RelayOverview.Leader leader = overview.leader();
    fields.put("leader", leader == null ? null : fields(leader));
    fields.put("refused", overview.refused());
    fields.put("writes_confirmed", overview.confirmed());
    fields.put("workers_paused", overview.paused());
    fields.put("lag_seconds", overview.lagSeconds());
    RelayOverview.Slot slot = overview.slot();
    fields.put("slot", slot == null ? null : fields(slot));
    RelayOverview.Checkpoint checkpoint = overview.checkpoint();
    fields.put("checkpoint", checkpoint == null ? null : fields(checkpoint));
    return fields;
  }

  private static boolean isRelay(RelayOverview.Leader leader) {
    return !leader.application().contains("repair");
  }

  private static Map<String, @Nullable Object> fields(RelayOverview.Leader leader) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("process", leader.process());
    fields.put("application", leader.application());
    fields.put("client", leader.client());
    fields.put("since", leader.since().toString());
    return fields;
  }

  private static Map<String, @Nullable Object> fields(RelayOverview.Slot slot) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("name", slot.name());
    fields.put("active", slot.active());
    fields.put("wal_status", slot.walStatus());
    fields.put("confirmed", slot.confirmed());
    fields.put("lag_bytes", slot.lagBytes());
    fields.put("retained_bytes", slot.retainedBytes());
    return fields;
  }

  private static Map<String, @Nullable Object> fields(RelayOverview.Checkpoint checkpoint) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("commit", checkpoint.commit());
    fields.put("rows", checkpoint.rows());
    fields.put("last_position", checkpoint.lastPosition());
    fields.put("published_until", time(checkpoint.publishedUntil()));
    fields.put("repair_begun_at", time(checkpoint.repairBegunAt()));
    return fields;
  }

  private static @Nullable String time(@Nullable Instant time) {
    return time == null ? null : time.toString();
  }

  private static String text(RelayOverview overview) {
    StringBuilder text = new StringBuilder();
    RelayOverview.Leader leader = overview.leader();
    entry(
        text,
        "leader",
        leader == null
            ? "none"
            : "%s, process %d%s, since %s"
                .formatted(
                    leader.application(),
                    leader.process(),
                    leader.client() == null ? "" : " from " + leader.client(),
                    leader.since()));
    RelayOverview.Slot slot = overview.slot();
    entry(
        text,
        "slot",
        slot == null
            ? "none"
            : "%s, %s, wal_status %s, confirmed %s, %,d bytes behind, %,d bytes kept"
                .formatted(
                    slot.name(),
                    slot.active() ? "active" : "not active",
                    slot.walStatus(),
                    slot.confirmed(),
                    slot.lagBytes(),
                    slot.retainedBytes()));
    RelayOverview.Checkpoint checkpoint = overview.checkpoint();
    entry(text, "checkpoint", checkpoint == null ? "none" : text(checkpoint));
    entry(text, "lag", "%.1f s".formatted(overview.lagSeconds()));
    entry(text, "workers", workers(overview));
    if (overview.refused() != null) {
      entry(text, "refused", overview.refused());
    }
    return text.toString().stripTrailing();
  }

  private static String text(RelayOverview.Checkpoint checkpoint) {
    String repair =
        checkpoint.repairBegunAt() == null
            ? ""
            : ", a repair is under way since " + checkpoint.repairBegunAt();
    return checkpoint.lastPosition() == null
        ? "%s, nothing published%s".formatted(checkpoint.commit(), repair)
        : "%s and %d rows, published up to position %d of %s%s"
            .formatted(
                checkpoint.commit(),
                checkpoint.rows(),
                checkpoint.lastPosition(),
                checkpoint.publishedUntil(),
                repair);
  }

  private static String workers(RelayOverview overview) {
    if (overview.paused()) {
      return "paused by a repair";
    }
    return overview.confirmed()
        ? "may write"
        : "wait: no relay has seen that the database holds all that was published";
  }

  private static Map<String, @Nullable Object> fields(RepairReport report) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("outcome", lower(report.outcome()));
    fields.put("dry_run", report.dryRun());
    fields.put("findings", report.findings().stream().map(RelayView::fields).toList());
    fields.put("entries", report.entries());
    fields.put("events", report.events());
    fields.put("published", report.published());
    fields.put("restored", report.restored());
    fields.put("entities", report.entities());
    fields.put("folds_verified", report.foldsVerified());
    fields.put("slot", lower(report.slot()));
    fields.put("checkpoint", report.checkpoint());
    fields.put("took_seconds", seconds(report.took()));
    fields.put("paused_seconds", seconds(report.paused()));
    return fields;
  }

  private static Map<String, @Nullable Object> fields(RepairFinding finding) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("kind", lower(finding.kind()));
    fields.put("weight", lower(finding.weight()));
    fields.put("count", finding.count());
    fields.put("message", finding.message());
    fields.put("examples", finding.examples());
    return fields;
  }

  private static String text(RepairReport report) {
    StringBuilder text = new StringBuilder();
    for (RepairFinding finding : report.findings()) {
      text.append(prefix(finding.weight())).append(finding.message()).append('\n');
      finding.examples().forEach(example -> text.append("  ").append(example).append('\n'));
      if (finding.count() > finding.examples().size() && !finding.examples().isEmpty()) {
        text.append("  …\n");
      }
    }
    text.append(
        switch (report.outcome()) {
          case NOTHING_TO_DO -> "Nothing to do.";
          case REFUSED -> "Refused; nothing was changed.";
          case REPAIRED -> done(report);
        });
    return text.append(
            "\nThe log has %,d entries, the topic %,d events. Took %.1f s; the workers were paused for %.1f s."
                .formatted(
                    report.entries(),
                    report.events(),
                    seconds(report.took()),
                    seconds(report.paused())))
        .toString();
  }

  private static String prefix(RepairFinding.Weight weight) {
    return switch (weight) {
      case MENDED -> "- ";
      case NOTED -> "- (only noted) ";
      case NEEDS_FORCE -> "- (goes on with --force only) ";
      case STOPS -> "- (must be mended first) ";
    };
  }

  private static String done(RepairReport report) {
    StringBuilder text = new StringBuilder(report.dryRun() ? "Would be repaired: " : "Repaired: ");
    if (report.restored() > 0) {
      text.append("%,d entries brought back".formatted(report.restored()));
      if (!report.dryRun()) {
        text.append(
            ", entities brought forward %s, %,d compared with the fold of their entries"
                .formatted(report.entities(), report.foldsVerified()));
      }
      text.append("; ");
    }
    text.append("%,d entries published; the replication slot is ".formatted(report.published()))
        .append(lower(report.slot()));
    if (report.checkpoint() != null) {
      text.append("; the relay starts at ").append(report.checkpoint());
    }
    return text.append('.').toString();
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static void entry(StringBuilder text, String name, String value) {
    text.append("%-11s".formatted(name)).append("  ").append(value).append('\n');
  }

  private static String write(Map<String, ? extends @Nullable Object> fields) {
    return JsonMapper.shared().writeValueAsString(fields);
  }
}
