package io.agentorchestrator.commands;

import io.agentorchestrator.sqlstate.Outages;
import io.agentorchestrator.topics.TopicProperties;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.kafka.listener.BatchInterceptor;
import org.springframework.stereotype.Component;

/**
 * Notes about once a second, for each partition of the agents' commands that a consumer of this
 * worker has, up to which moment all that was sent has been read and applied: leases run only while
 * somebody hears.
 *
 * <p>It asks the broker where the partition ends. Once the consumer is there, all is heard that was
 * sent before the question, and only then the next is asked, so that it gets on under a constant
 * stream too.
 *
 * <p>The container calls it on the consumer's thread before each of its polls, of which there are a
 * few a second even if nothing comes. That moment matters: whatever was polled is then applied, or
 * the consumer was put back before it. While a batch waits to be tried again, {@link
 * WaitingErrorHandler} polls by itself; then the consumer is ahead of what is applied, and nobody
 * calls.
 */
@Component
class Hearing implements BatchInterceptor<byte[], byte[]> {

  private static final Logger LOG = LoggerFactory.getLogger(Hearing.class);

  /** From one round of questions to the next; a consumer in a hurry writes twice as often. */
  static final Duration ROUND = Duration.ofSeconds(1);

  private final PartitionEnds ends;
  private final HeardPartitions heard;
  private final String topic;
  private final LongSupplier nanoTime;
  private final Executor writer;

  /** Of each consumer; each uses its own on its own thread. */
  private final Map<Consumer<?, ?>, Questions> questions =
      Collections.synchronizedMap(new WeakHashMap<>());

  @Autowired
  Hearing(PartitionEnds ends, HeardPartitions heard, TopicProperties topics) {
    this(
        ends,
        heard,
        topics.agentCommands(),
        System::nanoTime,
        task -> Thread.ofVirtual().name("hearing").start(task));
  }

  /**
   * @param writer writes marks where commands do not wait for it; one at a time of each consumer
   */
  Hearing(
      PartitionEnds ends,
      HeardPartitions heard,
      String topic,
      LongSupplier nanoTime,
      Executor writer) {
    this.ends = ends;
    this.heard = heard;
    this.topic = topic;
    this.nanoTime = nanoTime;
    this.writer = writer;
  }

  /** A question and its answer, once it is there. */
  private record Question(long asked, CompletableFuture<Long> end) {}

  /** What a consumer has asked and not reached. */
  private static final class Questions {
    private final Map<TopicPartition, Question> open = new HashMap<>();
    private long nextRound;
    private volatile boolean writing;
    private volatile boolean failing;

    private Questions(long nextRound) {
      this.nextRound = nextRound;
    }
  }

  @Override
  public ConsumerRecords<byte[], byte[]> intercept(
      ConsumerRecords<byte[], byte[]> records, Consumer<byte[], byte[]> consumer) {
    return records;
  }

  /** Never throws: commands do not wait for marks. */
  @Override
  public void setupThreadState(Consumer<?, ?> consumer) {
    long now = nanoTime.getAsLong();
    Questions own = questions.computeIfAbsent(consumer, unknown -> new Questions(now));
    try {
      listen(consumer, own, now - own.nextRound >= 0);
    } catch (RuntimeException e) {
      tellFailure(own, e);
    }
  }

  private void listen(Consumer<?, ?> consumer, Questions own, boolean due) {
    Set<TopicPartition> partitions =
        consumer.assignment().stream()
            .filter(partition -> partition.topic().equals(topic))
            .collect(Collectors.toSet());
    own.open.keySet().retainAll(partitions);
    forgetUnanswered(own);
    if (!own.writing) {
      Map<TopicPartition, Question> reached = reached(consumer, own);
      if (!reached.isEmpty() && (due || reached.size() == own.open.size())) {
        own.open.keySet().removeAll(reached.keySet());
        own.writing = true;
        writer.execute(() -> write(own, reached));
      }
    }
    if (due) {
      partitions.removeAll(own.open.keySet());
      ask(own, partitions);
    }
  }

  private void ask(Questions own, Set<TopicPartition> partitions) {
    long asked = nanoTime.getAsLong();
    own.nextRound = asked + ROUND.toNanos();
    if (!partitions.isEmpty()) {
      ends.ask(partitions)
          .forEach((partition, end) -> own.open.put(partition, new Question(asked, end)));
    }
  }

  private static void forgetUnanswered(Questions own) {
    own.open
        .values()
        .removeIf(
            question -> {
              if (!question.end().isCompletedExceptionally()) {
                return false;
              }
              tellFailure(own, question.end().exceptionNow());
              return true;
            });
  }

  private static Map<TopicPartition, Question> reached(Consumer<?, ?> consumer, Questions own) {
    Map<TopicPartition, Question> reached = new HashMap<>();
    own.open.forEach(
        (partition, question) -> {
          if (question.end().state() == Future.State.SUCCESS
              && position(consumer, partition) >= question.end().resultNow()) {
            reached.put(partition, question);
          }
        });
    return reached;
  }

  /** Returns -1 of a partition so new that its position has to be looked up. */
  private static long position(Consumer<?, ?> consumer, TopicPartition partition) {
    try {
      return consumer.position(partition, Duration.ZERO);
    } catch (KafkaException e) {
      return -1;
    }
  }

  /** What is lost here is asked again in the next round. */
  private void write(Questions own, Map<TopicPartition, Question> reached) {
    try {
      note(reached);
      tellSuccess(own);
    } catch (RuntimeException e) {
      tellFailure(own, e);
    } finally {
      own.writing = false;
    }
  }

  private void note(Map<TopicPartition, Question> reached) {
    Instant clock = heard.clock();
    // Not before: the time it took to read the clock must not make the questions younger.
    long now = nanoTime.getAsLong();
    SortedMap<Integer, Instant> heardUntil = new TreeMap<>();
    reached.forEach(
        (partition, question) ->
            heardUntil.put(partition.partition(), clock.minusNanos(now - question.asked())));
    heard.record(topic, heardUntil);
  }

  private static void tellFailure(Questions own, Throwable failure) {
    Outages.explain(own.failing ? LOG.atDebug() : LOG.atWarn(), failure)
        .log("What agents say cannot be marked as heard; until it can, no lease runs out");
    own.failing = true;
  }

  private static void tellSuccess(Questions own) {
    if (own.failing) {
      LOG.atInfo().log("What agents say is marked as heard again");
      own.failing = false;
    }
  }
}
