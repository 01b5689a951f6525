package io.agentorchestrator.commands;

import io.agentorchestrator.topics.TopicProperties;
import io.agentorchestrator.topics.TopicSetup;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.stereotype.Component;

/**
 * Starts and stops the consumers of the command topics. They begin once the topics are there; while
 * Kafka is away at the start, the rest of the worker already runs and says so.
 */
@Component
class CommandIntake implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(CommandIntake.class);
  private static final Duration TOPICS_RETRY = Duration.ofSeconds(2);
  private static final Duration AUTHORIZATION_RETRY = Duration.ofSeconds(10);

  private final CommandProperties properties;
  private final TopicProperties topics;
  private final TopicSetup topicSetup;
  private final ConcurrentMessageListenerContainer<byte[], byte[]> container;
  private volatile boolean running;
  private volatile @Nullable Thread starter;

  CommandIntake(
      ConsumerFactory<byte[], byte[]> consumers,
      CommandListener listener,
      CommandProperties properties,
      TopicProperties topics,
      TopicSetup topicSetup) {
    this.properties = properties;
    this.topics = topics;
    this.topicSetup = topicSetup;
    ContainerProperties settings =
        new ContainerProperties(
            topics.agentCommands(), topics.taskCommands(), topics.workflowCommands());
    settings.setGroupId(properties.group());
    settings.setMessageListener(listener);
    settings.setShutdownTimeout(TimeUnit.SECONDS.toMillis(20));
    // A permission or a credential that is gone may come back; without this the consumers end.
    settings.setAuthExceptionRetryInterval(AUTHORIZATION_RETRY);
    settings.setRestartAfterAuthExceptions(true);
    settings
        .getKafkaConsumerProperties()
        .setProperty("max.poll.records", String.valueOf(properties.maxPollRecords()));
    this.container = new ConcurrentMessageListenerContainer<>(consumers, settings);
    container.setBeanName("commands");
    container.setConcurrency(properties.concurrency());
    container.setCommonErrorHandler(new WaitingErrorHandler(properties.maxBackoff()));
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
        warnOfShortMemory();
        startConsumers();
        return;
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        if (!told) {
          LOG.atError().setCause(e).log("Commands wait until their topics can be reached");
          told = true;
        }
      }
      if (!pause()) {
        return;
      }
    }
  }

  /**
   * A command still on its topic when its key is forgotten would have a second effect if replayed.
   */
  private void warnOfShortMemory() throws InterruptedException {
    for (String topic :
        List.of(topics.agentCommands(), topics.taskCommands(), topics.workflowCommands())) {
      topicSetup
          .retention(topic)
          .filter(retention -> retention.compareTo(properties.dedupRetention()) >= 0)
          .ifPresent(
              retention ->
                  LOG.atWarn()
                      .addKeyValue("topic", topic)
                      .addKeyValue("retention", retention)
                      .addKeyValue("dedup_retention", properties.dedupRetention())
                      .log(
                          "The topic keeps commands longer than their keys are remembered: lower its"
                              + " retention.ms or raise orchestrator.commands.dedup-retention"));
    }
  }

  /** Not between a stop and the end of the application. */
  private synchronized void startConsumers() {
    if (running) {
      container.start();
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
    Thread starting = starter;
    if (starting != null) {
      starting.interrupt();
    }
    synchronized (this) {
      running = false;
      container.stop();
    }
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
