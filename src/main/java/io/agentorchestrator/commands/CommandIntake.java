package io.agentorchestrator.commands;

import io.agentorchestrator.topics.TopicProperties;
import io.agentorchestrator.topics.TopicSetup;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.stereotype.Component;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * Starts and stops the consumers of the command topics. They begin once the topics are there; while
 * Kafka is away at the start, the rest of the worker already runs and says so.
 */
@Component
class CommandIntake implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(CommandIntake.class);
  private static final Duration TOPICS_RETRY = Duration.ofSeconds(2);

  private final TopicSetup topicSetup;
  private final ConcurrentMessageListenerContainer<byte[], byte[]> container;
  private volatile boolean running;
  private volatile Thread starter = Thread.currentThread();

  CommandIntake(
      ConsumerFactory<byte[], byte[]> consumers,
      CommandListener listener,
      CommandProperties properties,
      TopicProperties topics,
      TopicSetup topicSetup) {
    this.topicSetup = topicSetup;
    ContainerProperties settings =
        new ContainerProperties(
            topics.agentCommands(), topics.taskCommands(), topics.workflowCommands());
    settings.setGroupId(properties.group());
    settings.setMessageListener(listener);
    settings.setShutdownTimeout(TimeUnit.SECONDS.toMillis(20));
    settings
        .getKafkaConsumerProperties()
        .setProperty("max.poll.records", String.valueOf(properties.maxPollRecords()));
    this.container = new ConcurrentMessageListenerContainer<>(consumers, settings);
    container.setBeanName("commands");
    container.setConcurrency(properties.concurrency());
    container.setCommonErrorHandler(waitForEver(properties.maxBackoff()));
  }

  /**
   * Tries the same batch again and again, with the partitions paused and the group kept alive by
   * polling. Nothing is ever recovered here, which would drop the batch.
   */
  private static DefaultErrorHandler waitForEver(Duration maxBackoff) {
    ExponentialBackOff backOff = new ExponentialBackOff(100, 2);
    backOff.setMaxInterval(maxBackoff.toMillis());
    backOff.setJitter(50);
    DefaultErrorHandler handler =
        new DefaultErrorHandler(
            (unused, failure) -> {
              throw new IllegalStateException("commands are never given up here", failure);
            },
            backOff);
    handler.setClassifications(Map.of(), true);
    return handler;
  }

  @Override
  public void start() {
    running = true;
    starter = Thread.ofVirtual().name("command-intake").start(this::startWhenTopicsAreThere);
  }

  private void startWhenTopicsAreThere() {
    boolean told = false;
    while (running) {
      try {
        topicSetup.ensure();
        container.start();
        return;
      } catch (KafkaException | IllegalStateException e) {
        if (!told) {
          LOG.atError().setCause(e).log("Commands wait until their topics can be reached");
          told = true;
        }
      } catch (InterruptedException e) {
        return;
      }
      if (!pause()) {
        return;
      }
    }
  }

  private static boolean pause() {
    try {
      TimeUnit.NANOSECONDS.sleep(TOPICS_RETRY.toNanos());
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  @Override
  public void stop() {
    running = false;
    starter.interrupt();
    container.stop();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Whether the consumers run: the topics are there and nobody stopped them. */
  boolean isConsuming() {
    return container.isRunning() && container.isInExpectedState();
  }
}
