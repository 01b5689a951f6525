package io.agentorchestrator.topics;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;

/**
 * A topic the worker needs: how it is created, and what an existing one must fulfil.
 *
 * @param name its name
 * @param partitions how many partitions it is created with
 * @param partitionsMatter whether another number would be wrong, not just another choice
 * @param settings what it is created with, and what is compared
 */
record RequiredTopic(
    String name, int partitions, boolean partitionsMatter, List<Setting> settings) {

  private static final int MIB = 1024 * 1024;
  private static final int COMMAND_BYTES = 2 * MIB;
  private static final int EVENT_BYTES = 8 * MIB;
  private static final int CHECKPOINT_SEGMENT_BYTES = 16 * MIB;

  /**
   * How an existing topic is judged: whether a setting must be just so, may also be larger (-1
   * being without limit), or is the operator's choice.
   */
  enum Rule {
    EXACTLY,
    AT_LEAST,
    FREE
  }

  /**
   * A setting of a topic.
   *
   * @param key its name
   * @param value what the topic is created with
   * @param rule how an existing topic's value is judged
   */
  record Setting(String key, String value, Rule rule) {

    boolean isMetBy(String actual) {
      return switch (rule) {
        case EXACTLY -> value.equals(actual);
        case AT_LEAST -> atLeast(actual);
        case FREE -> true;
      };
    }

    private boolean atLeast(String actual) {
      return "-1".equals(actual)
          || (!"-1".equals(value) && Long.parseLong(actual) >= Long.parseLong(value));
    }
  }

  /**
   * By the brokers' clocks: with {@code CreateTime} a sender whose clock is wrong has its records
   * refused ({@code message.timestamp.after.max.ms}), or deleted before their time.
   */
  private static final Setting BROKERS_TIME =
      new Setting(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime", Rule.EXACTLY);

  /** Lists every topic of the worker. */
  static List<RequiredTopic> all(TopicProperties topics) {
    int partitions = topics.partitions();
    return List.of(
        commands(topics.agentCommands(), partitions),
        commands(topics.taskCommands(), partitions),
        commands(topics.workflowCommands(), partitions),
        kept(topics.log(), partitions, "-1"),
        kept(topics.assignments(), partitions, millis(Duration.ofDays(7))),
        kept(topics.deadLetter(), partitions, millis(Duration.ofDays(30))),
        checkpoint(topics.relayCheckpoint()));
  }

  private static RequiredTopic commands(String name, int partitions) {
    return new RequiredTopic(
        name,
        partitions,
        false,
        List.of(
            new Setting(TopicConfig.CLEANUP_POLICY_CONFIG, "delete", Rule.EXACTLY),
            new Setting(
                TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                Integer.toString(COMMAND_BYTES),
                Rule.AT_LEAST),
            // Else the limit is on compressed bytes, and what is accepted may be too large to move.
            new Setting(TopicConfig.COMPRESSION_TYPE_CONFIG, "uncompressed", Rule.EXACTLY),
            BROKERS_TIME));
  }

  private static RequiredTopic kept(String name, int partitions, String retentionMillis) {
    return new RequiredTopic(
        name,
        partitions,
        false,
        List.of(
            new Setting(TopicConfig.CLEANUP_POLICY_CONFIG, "delete", Rule.EXACTLY),
            new Setting(
                TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(EVENT_BYTES), Rule.AT_LEAST),
            new Setting(TopicConfig.RETENTION_MS_CONFIG, retentionMillis, Rule.AT_LEAST),
            new Setting(TopicConfig.RETENTION_BYTES_CONFIG, "-1", Rule.EXACTLY),
            BROKERS_TIME));
  }

  private static RequiredTopic checkpoint(String name) {
    return new RequiredTopic(
        name,
        1,
        true,
        List.of(
            new Setting(TopicConfig.CLEANUP_POLICY_CONFIG, "compact", Rule.EXACTLY),
            BROKERS_TIME,
            // Only closed segments are compacted: small ones keep the topic short.
            new Setting(
                TopicConfig.SEGMENT_BYTES_CONFIG,
                Integer.toString(CHECKPOINT_SEGMENT_BYTES),
                Rule.FREE),
            new Setting(TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG, "0.1", Rule.FREE)));
  }

  private static String millis(Duration duration) {
    return Long.toString(duration.toMillis());
  }

  NewTopic creation(Optional<Short> replicationFactor) {
    Map<String, String> configs = new TreeMap<>();
    settings.forEach(setting -> configs.put(setting.key(), setting.value()));
    return new NewTopic(name, Optional.of(partitions), replicationFactor).configs(configs);
  }
}
