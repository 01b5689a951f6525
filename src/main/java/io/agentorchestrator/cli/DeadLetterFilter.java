package io.agentorchestrator.cli;

import io.agentorchestrator.commands.DeadLetterReason;
import io.agentorchestrator.deadletters.DeadLetter;
import io.agentorchestrator.deadletters.Place;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options that pick dead letters out. What is not given does not restrict. */
final class DeadLetterFilter {

  private static final int NO_LIMIT = Integer.MAX_VALUE;

  @Option(
      names = "--reason",
      paramLabel = "REASON",
      description = "Only of these reasons: ${COMPLETION-CANDIDATES}. May be repeated.")
  private @Nullable Set<DeadLetterReason> reasons;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description = "Only with this record key; 0x and hexadecimal digits for one that is no text.")
  private @Nullable String key;

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      description = "Only those that came from this topic.")
  private @Nullable String topic;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      converter = Since.class,
      description =
          "Only those dead-lettered since: an RFC 3339 time, or how long ago, such as 30m, 12h, 7d.")
  private @Nullable Instant since;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  private int limit = NO_LIMIT;

  @Option(names = "--limit", paramLabel = "N", description = "At most so many, the oldest.")
  void setLimit(int limit) {
    if (limit < 1) {
      throw new ParameterException(
          spec.commandLine(), "--limit: expected at least 1, but it is " + limit);
    }
    this.limit = limit;
  }

  /** Whether it says anything of which ones; a limit alone does not. */
  boolean selects() {
    return reasons != null || key != null || topic != null || since != null;
  }

  /** Since when, or null for all there are. */
  @Nullable Instant since() {
    return since;
  }

  int limit() {
    return limit;
  }

  /** Whether a dead letter is one of those meant, but for its time and the limit. */
  boolean matches(DeadLetter deadLetter) {
    Place refused = deadLetter.refused();
    byte[] ofIt = deadLetter.key();
    return (reasons == null
            || reasons.stream().anyMatch(each -> each.name().equals(deadLetter.reason())))
        && (topic == null || (refused != null && topic.equals(refused.topic())))
        && (key == null || (ofIt != null && isKey(key, ofIt)));
  }

  private static boolean isKey(String asked, byte[] key) {
    String text = Text.of(key);
    return asked.equals(text == null ? "0x" + HexFormat.of().formatHex(key) : text);
  }
}
