package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.internals.AutoOffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;

class WaitingErrorHandlerTest {

  private static final TopicPartition PARTITION = new TopicPartition("topic", 0);

  private final WaitingErrorHandler handler = new WaitingErrorHandler(Duration.ofMillis(100));
  private final MockConsumer<byte[], byte[]> consumer =
      new MockConsumer<>(AutoOffsetResetStrategy.EARLIEST.name());
  private final ConsumerRecords<byte[], byte[]> batch =
      new ConsumerRecords<>(
          Map.of(
              PARTITION,
              List.of(
                  new ConsumerRecord<>("topic", 0, 7, null, new byte[0]),
                  new ConsumerRecord<>("topic", 0, 8, null, new byte[0]))),
          Map.of());

  @Test
  void goesBackToTheBatchWhenPollingFailsWhileItWaits() {
    consumer.assign(List.of(PARTITION));
    consumer.seek(PARTITION, 9);
    consumer.setPollException(new GroupAuthorizationException("agent-orchestrator"));
    AtomicInteger tries = new AtomicInteger();

    assertThatThrownBy(
            () ->
                handler.handleBatch(
                    new IllegalStateException("PostgreSQL is away"),
                    batch,
                    consumer,
                    container(),
                    tries::incrementAndGet))
        .isInstanceOf(RuntimeException.class);

    assertThat(consumer.position(PARTITION)).isEqualTo(7);
    assertThat(tries).hasValue(0);
  }

  /** It would end up in the log with a stack trace, were it thrown on. */
  @Test
  void goesOnWhenSomethingOtherThanABatchFails() {
    assertThatCode(
            () ->
                handler.handleOtherException(
                    new TimeoutException("Timeout of 60000ms expired"),
                    consumer,
                    container(),
                    true))
        .doesNotThrowAnyException();
  }

  private static KafkaMessageListenerContainer<byte[], byte[]> container() {
    ContainerProperties settings = new ContainerProperties("topic");
    return new KafkaMessageListenerContainer<>(
        new DefaultKafkaConsumerFactory<>(Map.of()), settings);
  }
}
