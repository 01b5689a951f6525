package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agentorchestrator.commands.CommandProperties.GroupProtocol;
import java.util.Map;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsumerGroupTest {

  @Test
  void letsClassicConsumersAgreeAmongThemselves() {
    assertThat(ConsumerGroup.settings(GroupProtocol.CLASSIC, Map.of()))
        .containsOnly(
            Map.entry("group.protocol", "classic"),
            Map.entry("partition.assignment.strategy", CooperativeStickyAssignor.class.getName()),
            Map.entry("session.timeout.ms", "10000"),
            Map.entry("heartbeat.interval.ms", "3000"));
  }

  @Test
  void keepsWhatClassicConsumersAreGiven() {
    assertThat(ConsumerGroup.settings(GroupProtocol.CLASSIC, Map.of("session.timeout.ms", "30000")))
        .doesNotContainKey("session.timeout.ms")
        .containsKey("heartbeat.interval.ms");
  }

  @Test
  void leavesAllToTheBrokersUnderTheNewProtocol() {
    assertThat(ConsumerGroup.settings(GroupProtocol.CONSUMER, Map.of("max.poll.records", 500)))
        .containsOnly(Map.entry("group.protocol", "consumer"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"session.timeout.ms", "heartbeat.interval.ms", "partition.assignment.strategy"})
  void refusesUnderTheNewProtocolWhatIsForTheOldOne(String setting) {
    assertThatThrownBy(
            () -> ConsumerGroup.settings(GroupProtocol.CONSUMER, Map.of(setting, "something")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(setting)
        .hasMessageContaining("orchestrator.commands.group-protocol");
  }
}
