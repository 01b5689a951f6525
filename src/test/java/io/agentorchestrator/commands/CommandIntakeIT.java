package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.rest.Reading;
import io.agentorchestrator.topics.TopicProperties;
import io.agentorchestrator.topics.TopicSetup;
import io.agentorchestrator.topics.WallClockSteps;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.internals.AutoOffsetResetStrategy;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;

/** What becomes of consumers that cannot poll, which no broker of the tests can bring about. */
class CommandIntakeIT {

  private final LocalWorker worker = Reading.shared().worker();
  private final AtomicInteger made = new AtomicInteger();
  private volatile Supplier<@Nullable Throwable> failure = () -> null;
  private final CommandIntake intake =
      new CommandIntake(
          new Factory(),
          worker.bean(CommandListener.class),
          worker.bean(Hearing.class),
          worker.bean(CommandProperties.class),
          worker.bean(TopicProperties.class),
          worker.bean(TopicSetup.class),
          worker.bean(DeadLetters.class),
          worker.bean(WallClockSteps.class));

  private final class Factory extends DefaultKafkaConsumerFactory<byte[], byte[]> {

    Factory() {
      super(Map.of());
    }

    @Override
    protected Consumer<byte[], byte[]> createRawConsumer(Map<String, Object> settings) {
      made.incrementAndGet();
      return new MockConsumer<>(AutoOffsetResetStrategy.EARLIEST.name()) {
        @Override
        public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
          Throwable due = failure.get();
          if (due instanceof Error error) {
            throw error;
          } else if (due instanceof RuntimeException exception) {
            throw exception;
          }
          return ConsumerRecords.empty();
        }
      };
    }
  }

  @AfterEach
  void stop() {
    intake.stop();
  }

  @Test
  void saysThatKafkaRefusesItsConsumers() {
    failure = () -> new GroupAuthorizationException("agent-orchestrator");

    intake.start();

    await()
        .untilAsserted(
            () ->
                assertThat(intake.problem())
                    .isEqualTo("Kafka refuses 2 consumers (AUTHORIZATION)."));
    failure = () -> null;
    await().atMost(Duration.ofSeconds(20)).until(() -> intake.problem() == null);
    assertThat(made).hasValue(2);
  }

  @Test
  void startsConsumersAgainThatEnded() {
    AtomicInteger errors = new AtomicInteger(1);
    failure = () -> errors.getAndDecrement() > 0 ? new NoClassDefFoundError("defect") : null;

    intake.start();

    await().until(() -> "A consumer has ended.".equals(intake.problem()));
    await().atMost(Duration.ofSeconds(30)).until(() -> made.get() == 4);
    await().until(() -> intake.problem() == null);
  }
}
