package io.agentorchestrator.log;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads what is on a topic up to an end that was asked for before, committed records only: how a
 * consumer sees it, but bounded, and failing where a transaction that somebody left open hides the
 * rest.
 */
final class TopicScan {

  /** How long nothing may come before the end. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration POLL = Duration.ofMillis(200);

  private final String topic;
  private final Map<String, Object> committed;
  private final Map<String, Object> uncommitted;

  TopicScan(String topic, String clientId, Map<String, Object> connection) {
    this.topic = topic;
    this.committed = settings(clientId, connection, "read_committed");
    this.uncommitted = settings(clientId, connection, "read_uncommitted");
  }

  private static Map<String, Object> settings(
      String clientId, Map<String, Object> connection, String isolation) {
    Map<String, Object> settings = new HashMap<>(connection);
    settings.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5000);
    settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
    return settings;
  }

  /**
   * A stretch of each partition.
   *
   * @param from the first offset, by partition
   * @param to the offset behind the last, by partition; that of open and aborted transactions
   *     included
   */
  record Range(Map<Integer, Long> from, Map<Integer, Long> to) {

    /** What came on after this range until the end of another. */
    Range next(Range later) {
      return new Range(to, later.to);
    }

    /** Whether records were deleted before it begins. */
    boolean isCutOff() {
      return from.values().stream().anyMatch(first -> first > 0);
    }

    private long end(TopicPartition partition) {
      return to.getOrDefault(partition.partition(), 0L);
    }
  }

  /** All that is there now. */
  Range all() {
    try (Consumer<byte[], byte[]> consumer = consumer(uncommitted)) {
      Set<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .collect(Collectors.toSet());
      consumer.assign(partitions); // Else it warns of each that it need not remember what it asked.
      return new Range(
          byPartition(consumer.beginningOffsets(partitions)),
          byPartition(consumer.endOffsets(partitions)));
    }
  }

  private static Map<Integer, Long> byPartition(Map<TopicPartition, Long> offsets) {
    Map<Integer, Long> byPartition = new TreeMap<>();
    offsets.forEach((partition, offset) -> byPartition.put(partition.partition(), offset));
    return byPartition;
  }

  /**
   * Whether nothing was ever published: no record that a consumer could see, and none that was
   * deleted. What aborted transactions left behind does not count.
   */
  boolean isEmpty() {
    Range all = all();
    return !all.isCutOff() && read(all, message -> false);
  }

  /** Takes records in the order of their partition. */
  interface Visitor<E extends Exception> {

    /**
     * Takes the next one.
     *
     * @return false if it has seen enough
     */
    boolean visit(ConsumerRecord<byte[], byte[]> message) throws E;
  }

  /**
   * Reads a range to its end, or until the visitor has seen enough: then false.
   *
   * @throws KafkaException if Kafka cannot be reached, or somebody's transaction stays open
   */
  <E extends Exception> boolean read(Range range, Visitor<E> visitor) throws E {
    try (Consumer<byte[], byte[]> consumer = consumer(committed)) {
      List<TopicPartition> partitions =
          range.from().entrySet().stream()
              .map(from -> new TopicPartition(topic, from.getKey()))
              .filter(p -> range.from().getOrDefault(p.partition(), 0L) < range.end(p))
              .toList();
      consumer.assign(partitions);
      partitions.forEach(p -> consumer.seek(p, range.from().getOrDefault(p.partition(), 0L)));
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (!isAtEnd(consumer, partitions, range)) {
        for (ConsumerRecord<byte[], byte[]> message : consumer.poll(POLL)) {
          deadline = System.nanoTime() + PATIENCE.toNanos();
          if (message.offset() < range.end(new TopicPartition(topic, message.partition()))
              && !visitor.visit(message)) {
            return false;
          }
        }
        if (System.nanoTime() > deadline) {
          throw new KafkaException(
              "Expected to read %s up to the offsets %s, but a transaction before them stays open."
                  .formatted(topic, range.to()));
        }
      }
      return true;
    }
  }

  private static boolean isAtEnd(
      Consumer<?, ?> consumer, Collection<TopicPartition> partitions, Range range) {
    return partitions.stream().allMatch(p -> consumer.position(p) >= range.end(p));
  }

  private static Consumer<byte[], byte[]> consumer(Map<String, Object> settings) {
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }
}
