package io.agentorchestrator.topics;

import io.agentorchestrator.shutdown.OutOfMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Looks every second whether Kafka answers and has the worker's topics, and tells when that
 * changes. Whoever wants to know is told what was seen last, so that nobody waits for brokers that
 * hang, and however many want to know, one asks.
 *
 * <p>It is also why Kafka's clients may be silent about each attempt to reach a broker: this is the
 * one line that says so.
 */
@Component
class KafkaWatch implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(KafkaWatch.class);

  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** With the pause, well under the 5 s within which the health is to tell. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** The health tells at once; the log spares its readers a hiccup. */
  private static final int LOOKS_UNTIL_TOLD = 2;

  /** And at the start, while the topics may yet have to be created, more than that. */
  private static final int LOOKS_UNTIL_TOLD_AT_THE_START = 10;

  /** A look ends before; one that does not, hangs where no time-out of Kafka's reaches. */
  private static final Duration STALE = Duration.ofSeconds(6);

  /**
   * What a look showed.
   *
   * @param problems what is wrong, one sentence each, naming no hosts
   * @param nanoTime when it ended
   */
  private record Look(List<String> problems, long nanoTime) {}

  private final Brokers brokers;
  private final WallClockSteps clock;
  private final List<String> topics;
  private volatile @Nullable Look last;
  private volatile @Nullable Thread thread;

  @Autowired
  KafkaWatch(Brokers brokers, WallClockSteps clock, TopicProperties topics) {
    this(brokers, clock, RequiredTopic.all(topics).stream().map(RequiredTopic::name).toList());
  }

  KafkaWatch(Brokers brokers, WallClockSteps clock, List<String> topics) {
    this.brokers = brokers;
    this.clock = clock;
    this.topics = topics;
  }

  /** Returns what is wrong, nothing if all is well, or null before the first look. */
  @Nullable List<String> problems() {
    Look look = last;
    if (look == null) {
      return null;
    }
    return System.nanoTime() - look.nanoTime() < STALE.toNanos()
        ? look.problems()
        : List.of(
            "Nobody has been able to look at Kafka for over %d s.".formatted(STALE.toSeconds()));
  }

  @Override
  public synchronized void start() {
    if (thread == null) {
      thread = Thread.ofVirtual().name("kafka-watch").start(this::watch);
    }
  }

  private void watch() {
    boolean toldAway = false;
    int looks = 0;
    int looksUntilTold = LOOKS_UNTIL_TOLD_AT_THE_START;
    long since = System.nanoTime();
    WallClockSteps.Follower steps = clock.follow();
    try {
      while (true) {
        if (steps.moved().isPresent()) {
          brokers.close();
        }
        List<String> problems = look();
        long now = System.nanoTime();
        last = new Look(problems, now);
        looks = toldAway == problems.isEmpty() ? looks + 1 : 0;
        if (problems.isEmpty()) {
          looksUntilTold = LOOKS_UNTIL_TOLD;
        }
        if (looks >= looksUntilTold) {
          tell(problems, Duration.ofNanos(now - since));
          toldAway = !toldAway;
          looks = 0;
          since = now;
        }
        Thread.sleep(PAUSE);
      }
    } catch (InterruptedException e) {
      // To stop.
    }
  }

  private static void tell(List<String> problems, Duration after) {
    if (problems.isEmpty()) {
      LOG.atInfo().addKeyValue("after", after).log("Kafka can be used again");
    } else {
      LOG.atError()
          .addKeyValue("problems", problems)
          .log("Kafka cannot be used; commands and events wait until it can");
    }
  }

  private List<String> look() throws InterruptedException {
    try {
      return problems(
          brokers
              .client()
              .describeTopics(
                  topics, new DescribeTopicsOptions().timeoutMs((int) PATIENCE.toMillis()))
              .topicNameValues());
    } catch (TimeoutException e) {
      return List.of("Kafka has not answered for %d s.".formatted(PATIENCE.toSeconds()));
    } catch (ExecutionException e) {
      return List.of("Kafka cannot be asked (%s).".formatted(kind(e.getCause())));
    } catch (RuntimeException | Error e) {
      OutOfMemory.endProcess(e);
      // Whatever it was, the next look may show more; without one, nobody would know.
      return List.of("Kafka cannot be asked (%s).".formatted(kind(e)));
    }
  }

  static List<String> problems(Map<String, KafkaFuture<TopicDescription>> answers)
      throws InterruptedException, ExecutionException, TimeoutException {
    List<String> problems = new ArrayList<>();
    for (Map.Entry<String, KafkaFuture<TopicDescription>> answer : answers.entrySet()) {
      try {
        TopicDescription topic =
            answer.getValue().get(PATIENCE.toMillis() + 500, TimeUnit.MILLISECONDS);
        long headless = topic.partitions().stream().filter(KafkaWatch::isHeadless).count();
        if (headless > 0) {
          problems.add(
              "%d of %d partitions of the topic %s have no leader."
                  .formatted(headless, topic.partitions().size(), answer.getKey()));
        }
      } catch (ExecutionException e) {
        if (e.getCause() instanceof UnknownTopicOrPartitionException) {
          problems.add("There is no topic %s.".formatted(answer.getKey()));
        } else if (e.getCause() instanceof AuthorizationException) {
          problems.add("Kafka refuses access to the topic %s.".formatted(answer.getKey()));
        } else if (e.getCause() instanceof org.apache.kafka.common.errors.TimeoutException) {
          throw new TimeoutException();
        } else {
          throw e;
        }
      }
    }
    return problems;
  }

  private static boolean isHeadless(TopicPartitionInfo partition) {
    return partition.leader() == null || partition.leader().isEmpty();
  }

  /** Its message could name hosts. */
  private static String kind(@Nullable Throwable failure) {
    return failure == null ? "unknown" : failure.getClass().getSimpleName();
  }

  @Override
  public synchronized void stop() {
    Thread watching = thread;
    if (watching != null) {
      watching.interrupt();
      thread = null;
    }
  }

  @Override
  public boolean isRunning() {
    return thread != null;
  }
}
