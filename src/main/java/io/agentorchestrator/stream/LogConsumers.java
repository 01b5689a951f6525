package io.agentorchestrator.stream;

import io.agentorchestrator.topics.TopicProperties;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.stereotype.Component;

/** Makes consumers of the log: of all partitions, without a group, of committed events only. */
@Component
class LogConsumers {

  /** Nothing is lost where a connection is not closed in order. */
  private static final Duration CLOSE = Duration.ofMillis(500);

  private final Map<String, Object> connection;
  private final String topic;
  private final AtomicLong made = new AtomicLong();

  LogConsumers(ConsumerFactory<byte[], byte[]> consumers, TopicProperties topics) {
    this.connection = consumers.getConfigurationProperties();
    this.topic = topics.log();
  }

  /**
   * Makes one that stands at a place.
   *
   * @param fetchBytes the most that it holds of what it fetched ahead; an event that is larger is
   *     fetched alone
   */
  LogConsumer at(LogPosition position, int fetchBytes) {
    Map<String, Object> settings = new HashMap<>(connection);
    settings.remove(ConsumerConfig.GROUP_ID_CONFIG);
    settings.put(
        ConsumerConfig.CLIENT_ID_CONFIG,
        connection.getOrDefault(ConsumerConfig.CLIENT_ID_CONFIG, "agent-orchestrator")
            + "-stream-"
            + made.incrementAndGet());
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    // A reader is told that something is missing, and never led past it in silence.
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, fetchBytes);
    settings.put(
        ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
        Math.min(fetchBytes, ConsumerConfig.DEFAULT_MAX_PARTITION_FETCH_BYTES));
    return new LogConsumer(
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer()),
        position);
  }

  /** A consumer and where it stands. For one thread. */
  final class LogConsumer implements AutoCloseable {

    private final KafkaConsumer<byte[], byte[]> consumer;
    private int partitions;

    private LogConsumer(KafkaConsumer<byte[], byte[]> consumer, LogPosition position) {
      this.consumer = consumer;
      assign(position);
    }

    private void assign(LogPosition position) {
      partitions = position.partitions();
      consumer.assign(IntStream.range(0, partitions).mapToObj(this::partition).toList());
      for (int i = 0; i < partitions; i++) {
        consumer.seek(partition(i), position.next(i));
      }
    }

    /** Reads partitions that were added, too, from their beginning. */
    void widen(LogPosition position, int partitions) {
      if (partitions > this.partitions) {
        assign(position.widened(partitions));
      }
    }

    /**
     * Waits for events.
     *
     * @return none if there are none for so long, or while Kafka is away
     * @throws org.apache.kafka.clients.consumer.OffsetOutOfRangeException if the topic does not
     *     have what comes next
     */
    ConsumerRecords<byte[], byte[]> poll(Duration patience) {
      return consumer.poll(patience);
    }

    /**
     * Where it stands now: behind the last event that was returned, and what nobody sees, such as
     * the ends of transactions.
     *
     * @param position behind the last event
     */
    LogPosition position(LogPosition position) {
      LogPosition now = position;
      for (int i = 0; i < partitions; i++) {
        try {
          long next = consumer.position(partition(i), Duration.ZERO);
          if (next > now.next(i)) {
            now = now.with(i, next);
          }
        } catch (TimeoutException e) {
          // It is about to look whether the partition's leader has the same log: ask another time.
        }
      }
      return now;
    }

    private TopicPartition partition(int number) {
      return new TopicPartition(topic, number);
    }

    @Override
    public void close() {
      consumer.close(CloseOptions.timeout(CLOSE));
    }
  }
}
