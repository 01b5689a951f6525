package io.agentorchestrator.commands;

import io.agentorchestrator.shutdown.ShutdownBudget;
import io.agentorchestrator.sqlstate.Outages;
import io.agentorchestrator.topics.TopicProperties;
import io.agentorchestrator.topics.TopicSetup;
import io.agentorchestrator.topics.WallClockSteps;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.event.ConsumerRetryAuthEvent;
import org.springframework.kafka.event.ConsumerRetryAuthSuccessfulEvent;
import org.springframework.kafka.event.ConsumerStoppedEvent;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.MessageListenerContainer;
import org.springframework.stereotype.Component;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * Starts and stops the consumers of the command topics. They begin once the topics are there; while
 * Kafka is away at the start, the rest of the worker already runs and says so. A consumer that ends
 * though nobody stopped it is started again, and so are all when the wall clock is moved.
 */
@Component
class CommandIntake implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(CommandIntake.class);
  private static final long FIRST_PAUSE_MILLIS = 500;
  private static final long LONGEST_PAUSE_MILLIS = 5_000;
  private static final Duration AUTHORIZATION_RETRY = Duration.ofSeconds(10);

  /** How often {@link Hearing} is called if nothing comes. */
  private static final Duration LONGEST_POLL = Duration.ofMillis(250);

  private final CommandProperties properties;
  private final TopicProperties topics;
  private final TopicSetup topicSetup;
  private final ConsumerFactory<byte[], byte[]> consumers;
  private final Hearing hearing;
  private final DeadLetters deadLetters;
  private final WallClockSteps clock;
  private final ContainerProperties settings;

  /** The consumers that Kafka refuses, and what for. */
  private final Map<Object, String> refused = new ConcurrentHashMap<>();

  private final Semaphore ended = new Semaphore(0);
  private volatile boolean running;
  private volatile @Nullable ConcurrentMessageListenerContainer<byte[], byte[]> container;
  private volatile @Nullable Thread starter;

  CommandIntake(
      ConsumerFactory<byte[], byte[]> consumers,
      CommandListener listener,
      Hearing hearing,
      CommandProperties properties,
      TopicProperties topics,
      TopicSetup topicSetup,
      DeadLetters deadLetters,
      WallClockSteps clock) {
    this.deadLetters = deadLetters;
    this.clock = clock;
    this.properties = properties;
    this.topics = topics;
    this.topicSetup = topicSetup;
    this.consumers = consumers;
    this.hearing = hearing;
    this.settings =
        new ContainerProperties(
            topics.agentCommands(), topics.taskCommands(), topics.workflowCommands());
    settings.setGroupId(properties.group());
    settings.setMessageListener(listener);
    settings.setPollTimeout(LONGEST_POLL.toMillis());
    settings.setShutdownTimeout(ShutdownBudget.WORK.toMillis());
    // A permission or a credential that is gone may come back; without this the consumers end.
    settings.setAuthExceptionRetryInterval(varied(AUTHORIZATION_RETRY));
    settings.setRestartAfterAuthExceptions(true);
    Properties consumer =
        ConsumerGroup.settings(properties.groupProtocol(), consumers.getConfigurationProperties());
    consumer.setProperty("max.poll.records", String.valueOf(properties.maxPollRecords()));
    settings.setKafkaConsumerProperties(consumer);
  }

  private ConcurrentMessageListenerContainer<byte[], byte[]> newContainer() {
    ConcurrentMessageListenerContainer<byte[], byte[]> made =
        new ConcurrentMessageListenerContainer<>(consumers, settings);
    made.setBeanName("commands");
    made.setConcurrency(properties.concurrency());
    made.setBatchInterceptor(hearing);
    made.setCommonErrorHandler(new WaitingErrorHandler(properties.maxBackoff()));
    made.setApplicationEventPublisher(event -> note(made, event));
    return made;
  }

  /** Other in each worker, so that they do not all ask at once. */
  private static Duration varied(Duration interval) {
    long millis = interval.toMillis();
    return Duration.ofMillis(
        ThreadLocalRandom.current().nextLong(millis * 3 / 4, millis * 5 / 4 + 1));
  }

  private void note(MessageListenerContainer of, Object event) {
    if (event instanceof ConsumerRetryAuthEvent retry) {
      refused.put(retry.getSource(), retry.getReason().name());
    } else if (event instanceof ConsumerRetryAuthSuccessfulEvent success) {
      refused.remove(success.getSource());
    } else if (event instanceof ConsumerStoppedEvent stopped) {
      refused.remove(stopped.getSource());
      if (of.equals(container) && stopped.getReason() != ConsumerStoppedEvent.Reason.NORMAL) {
        ended.release();
      }
    }
  }

  @Override
  public void start() {
    running = true;
    starter = Thread.ofVirtual().name("command-intake").start(this::keepStarted);
  }

  private void keepStarted() {
    try {
      while (running) {
        startWhenTopicsAreThere();
        awaitCauseToStartAgain();
        abandonConsumers();
      }
    } catch (InterruptedException e) {
      // To stop.
    }
  }

  private void awaitCauseToStartAgain() throws InterruptedException {
    WallClockSteps.Follower steps = clock.follow();
    while (!ended.tryAcquire(1, TimeUnit.SECONDS)) {
      Optional<Duration> step = steps.moved();
      if (step.isPresent()) {
        LOG.atWarn()
            .addKeyValue("by", step.get())
            .log("The wall clock was moved; all consumers are started again");
        deadLetters.renewProducer();
        return;
      }
    }
    LOG.error("A consumer has ended; all are started again");
    Thread.sleep(varied(Duration.ofMillis(LONGEST_PAUSE_MILLIS)));
  }

  private void startWhenTopicsAreThere() throws InterruptedException {
    boolean told = false;
    ExponentialBackOff backOff = new ExponentialBackOff(FIRST_PAUSE_MILLIS, 2);
    backOff.setMaxInterval(LONGEST_PAUSE_MILLIS);
    backOff.setJitter(FIRST_PAUSE_MILLIS / 2);
    BackOffExecution pauses = backOff.start();
    while (running) {
      try {
        topicSetup.ensure();
        warnOfShortMemory();
        startConsumers();
        return;
      } catch (RuntimeException e) {
        if (!told) {
          Outages.explain(LOG.atError(), e).log("Commands wait until their topics can be reached");
          told = true;
        }
      }
      Thread.sleep(pauses.nextBackOff());
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
      ConcurrentMessageListenerContainer<byte[], byte[]> made = newContainer();
      container = made;
      made.start();
    }
  }

  /** One that ended takes the others with it; each does as soon as its batch is done. */
  private synchronized void abandonConsumers() {
    ConcurrentMessageListenerContainer<byte[], byte[]> left = container;
    if (running && left != null) {
      container = null;
      left.stop(() -> {});
      ended.drainPermits();
    }
  }

  @Override
  public void stop() {
    endStart();
    synchronized (this) {
      running = false;
      if (container != null) {
        container.stop();
      }
    }
  }

  /** The consumers finish their batches while others stop, too. */
  @Override
  public void stop(Runnable callback) {
    endStart();
    synchronized (this) {
      running = false;
      if (container != null) {
        container.stop(callback);
      } else {
        callback.run();
      }
    }
  }

  private void endStart() {
    Thread starting = starter;
    if (starting != null) {
      starting.interrupt();
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Returns why commands are not taken in, or null if they are; naming no hosts. */
  @Nullable String problem() {
    if (!running) {
      return "The consumers are stopped."; // Asking the container would wait for its end.
    }
    ConcurrentMessageListenerContainer<byte[], byte[]> current = container;
    if (current != null && !current.isInExpectedState()) {
      return "A consumer has ended.";
    }
    if (current == null || !current.isRunning()) {
      return "The consumers wait until their topics can be reached.";
    }
    return refused.values().stream()
        .findAny()
        .map(reason -> "Kafka refuses %d consumers (%s).".formatted(refused.size(), reason))
        .orElse(null);
  }
}
