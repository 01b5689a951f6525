package io.agentorchestrator.topics;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Names of the topics and how missing ones are created.
 *
 * @param agentCommands commands about agents
 * @param taskCommands commands about tasks
 * @param workflowCommands commands about workflows
 * @param log the orchestration log
 * @param assignments the agents' mailbox
 * @param deadLetter what could not be read as a command
 * @param relayCheckpoint how far the relay has published; compacted, one partition
 * @param create whether missing topics are created at start; default true
 * @param partitions partitions of a topic that is created, 1 to 1000, default 12; never changes an
 *     existing topic
 * @param replicationFactor replicas of a topic that is created, 1 to 32; absent: the broker's
 *     default
 */
@Validated
@ConfigurationProperties("orchestrator.topics")
public record TopicProperties(
    @NotBlank @DefaultValue("orchestrator.commands.agents") String agentCommands,
    @NotBlank @DefaultValue("orchestrator.commands.tasks") String taskCommands,
    @NotBlank @DefaultValue("orchestrator.commands.workflows") String workflowCommands,
    @NotBlank @DefaultValue("orchestrator.log") String log,
    @NotBlank @DefaultValue("orchestrator.assignments") String assignments,
    @NotBlank @DefaultValue("orchestrator.commands.dead-letter") String deadLetter,
    @NotBlank @DefaultValue("orchestrator.relay.checkpoint") String relayCheckpoint,
    @DefaultValue("true") boolean create,
    @Min(1) @Max(1000) @DefaultValue("12") int partitions,
    @Min(1) @Max(32) @Nullable Short replicationFactor) {}
