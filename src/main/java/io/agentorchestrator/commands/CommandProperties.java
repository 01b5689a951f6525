package io.agentorchestrator.commands;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
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
 */
@Validated
@ConfigurationProperties("orchestrator.commands")
public record CommandProperties(
    @NotBlank @DefaultValue("agent-orchestrator") String group,
    @NotNull @DefaultValue("classic") GroupProtocol groupProtocol,
    @Min(1) @Max(64) @DefaultValue("2") int concurrency,
    @Min(1) @Max(5000) @DefaultValue("500") int maxPollRecords,
    @DurationMin(millis = 100) @DurationMax(minutes = 5) @DefaultValue("10s") Duration maxBackoff,
    @DurationMin(hours = 1) @DurationMax(days = 3650) @DefaultValue("14d")
        Duration dedupRetention) {

  /** Kafka's protocols of consumer groups. */
  enum GroupProtocol {
    CLASSIC,
    CONSUMER
  }
}
