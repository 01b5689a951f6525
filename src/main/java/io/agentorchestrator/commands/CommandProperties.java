package io.agentorchestrator.commands;

import io.agentorchestrator.messages.CommandType;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How commands are taken in.
 *
 * @param group the consumer group, default {@code agent-orchestrator}
 * @param groupProtocol how the consumers of all workers share the partitions: {@code classic}, the
 *     default, or {@code consumer} (KIP-848), under which the brokers decide; a group changes over
 *     worker by worker
 * @param concurrency consumers of this worker, each with a thread and a connection of its own, 1 to
 *     64, default 2
 * @param maxPollRecords the most commands in one transaction, 1 to 5000, default 500
 * @param maxBackoff the longest pause between two tries while PostgreSQL or Kafka is away, 100 ms
 *     to 5 min, default 10 s
 * @param dedupRetention how long commands' keys are remembered, 1 hour to 10 years, default 14
 *     days; must exceed the command topics' retention
 * @param allowedSources which sources may send which commands, each with a {@code prefix} and the
 *     {@code types}; none by default: all may send all. Of the prefixes that fit a source the
 *     longest decides alone, and where none fits, the command is rejected as {@code FORBIDDEN}
 */
@Validated
@ConfigurationProperties("orchestrator.commands")
public record CommandProperties(
    @NotBlank @DefaultValue("agent-orchestrator") String group,
    @NotNull @DefaultValue("classic") GroupProtocol groupProtocol,
    @Min(1) @Max(64) @DefaultValue("2") int concurrency,
    @Min(1) @Max(5000) @DefaultValue("500") int maxPollRecords,
    @DurationMin(millis = 100) @DurationMax(minutes = 5) @DefaultValue("10s") Duration maxBackoff,
    @DurationMin(hours = 1) @DurationMax(days = 3650) @DefaultValue("14d") Duration dedupRetention,
    @DefaultValue List<@Valid AllowedSource> allowedSources) {

  /**
   * Sees to it that no rule contradicts another.
   *
   * @throws IllegalArgumentException if a prefix is there twice
   */
  public CommandProperties {
    Set<String> prefixes = new HashSet<>();
    for (AllowedSource each : allowedSources) {
      if (!prefixes.add(each.prefix())) {
        throw new IllegalArgumentException(
            "Expected each prefix of orchestrator.commands.allowed-sources once, but '%s' is there twice."
                .formatted(each.prefix()));
      }
    }
  }

  /** Kafka's protocols of consumer groups. */
  enum GroupProtocol {
    CLASSIC,
    CONSUMER
  }

  /**
   * What the sources that begin alike may send.
   *
   * @param prefix the beginning of the source, by whole segments: {@code /planner} is also {@code
   *     /planner/eu-1}, and not {@code /planner-2}; {@code urn:agents:} is all that begin so; empty
   *     for every source
   * @param types the commands' types, such as {@code task.create.v1}; {@code task.*} for all of a
   *     kind, {@code *} for all
   */
  public record AllowedSource(@NotNull String prefix, @NotEmpty List<String> types) {

    private static final String ALL = "*";

    /**
     * Refuses what would allow nothing, as a name with a slip would.
     *
     * @throws IllegalArgumentException if there is no such type of command
     */
    public AllowedSource {
      for (String type : types == null ? List.<String>of() : types) {
        if (Arrays.stream(CommandType.values()).noneMatch(each -> fits(type, each))) {
          throw new IllegalArgumentException(
              ("Expected types of commands in orchestrator.commands.allowed-sources, such as"
                      + " task.create.v1, task.* or *, but '%s' is none.")
                  .formatted(type));
        }
      }
    }

    /** Whether this rule is about a source. */
    boolean covers(String source) {
      return source.startsWith(prefix)
          && (prefix.isEmpty()
              || prefix.endsWith("/")
              || prefix.endsWith(":")
              || source.length() == prefix.length()
              || source.charAt(prefix.length()) == '/');
    }

    /** Whether such a source may send this type. */
    boolean allows(CommandType type) {
      return types.stream().anyMatch(each -> fits(each, type));
    }

    private static boolean fits(String rule, CommandType type) {
      return rule.endsWith(ALL)
          ? rule.equals(ALL)
              || (rule.endsWith(".*")
                  && type.value().startsWith(rule.substring(0, rule.length() - 1)))
          : rule.equals(type.value());
    }
  }
}
