package io.agentorchestrator.commands;

import io.agentorchestrator.commands.CommandProperties.GroupProtocol;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;

/**
 * How the consumers of the commands get their partitions. Under the {@code classic} protocol they
 * agree among themselves, by settings of theirs; under {@code consumer} (KIP-848) the brokers
 * decide, by settings of the brokers, and a client that states its own is refused.
 */
final class ConsumerGroup {

  /** What may be overridden by {@code spring.kafka.consumer.properties.*}. */
  private static final Map<String, String> CLASSIC =
      Map.of(
          ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
          CooperativeStickyAssignor.class.getName(),
          // A killed worker's partitions are taken over after so long.
          ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
          "10000",
          ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
          "3000");

  private ConsumerGroup() {}

  /**
   * Returns what to add to a consumer's settings.
   *
   * @param given the settings there are
   * @throws IllegalStateException if they hold what the protocol does not allow
   */
  static Properties settings(GroupProtocol protocol, Map<String, Object> given) {
    Properties settings = new Properties();
    settings.setProperty(
        ConsumerConfig.GROUP_PROTOCOL_CONFIG, protocol.name().toLowerCase(Locale.ROOT));
    for (Map.Entry<String, String> classic : CLASSIC.entrySet()) {
      boolean isGiven = given.containsKey(classic.getKey());
      switch (protocol) {
        case CLASSIC -> {
          if (!isGiven) {
            settings.setProperty(classic.getKey(), classic.getValue());
          }
        }
        case CONSUMER -> {
          if (isGiven) {
            throw new IllegalStateException(
                ("Expected no %s among the consumer's settings, for"
                        + " orchestrator.commands.group-protocol is consumer, which leaves it to"
                        + " the brokers, but it is %s.")
                    .formatted(classic.getKey(), given.get(classic.getKey())));
          }
        }
      }
    }
    return settings;
  }
}
