package io.agentorchestrator.log;

import io.agentorchestrator.topics.TopicProperties;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads where a predecessor stopped publishing, to the very end of the checkpoint topic.
 *
 * <p>Right only after the predecessor was fenced: before, a transaction of its own may still commit
 * behind what was read, and events would be published twice.
 */
final class CheckpointTopic {

  /** How much of the topic's end is looked at first; nearly always that has it. */
  private static final int TAIL = 1000;

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(200);

  private final TopicProperties topics;
  private final String slot;
  private final Map<String, Object> committed;
  private final Map<String, Object> uncommitted;

  CheckpointTopic(TopicProperties topics, String slot, Map<String, Object> connection) {
    this.topics = topics;
    this.slot = slot;
    this.committed = settings(slot, connection, "read_committed");
    this.uncommitted = settings(slot, connection, "read_uncommitted");
  }

  private static Map<String, Object> settings(
      String slot, Map<String, Object> connection, String isolation) {
    Map<String, Object> settings = new HashMap<>(connection);
    settings.put(ConsumerConfig.CLIENT_ID_CONFIG, slot + "-relay-checkpoint");
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
    return settings;
  }

  /**
   * Returns the last checkpoint of the slot, or empty if there is none.
   *
   * @throws KafkaException if Kafka cannot be reached, or somebody's transaction stays open
   */
  Optional<RelayCheckpoint> read() {
    TopicPartition partition = new TopicPartition(topics.relayCheckpoint(), 0);
    Bounds bounds = bounds(List.of(partition));
    long first = bounds.first(partition);
    long end = bounds.end(partition);
    long tail = Math.max(first, end - TAIL);
    byte[] found = lastOfSlot(partition, tail, end);
    if (found == null && tail > first) {
      found = lastOfSlot(partition, first, end);
    }
    return RelayCheckpoint.ofJson(found);
  }

  private byte @Nullable [] lastOfSlot(TopicPartition partition, long from, long end) {
    byte[][] last = new byte[1][];
    scan(
        partition,
        from,
        end,
        message -> {
          if (slot.equals(message.key())) {
            last[0] = message.value();
          }
          return true;
        });
    return last[0];
  }

  /**
   * Whether nothing was ever published: no record that a consumer could see, and none that was
   * deleted. What aborted transactions left behind does not count.
   */
  boolean isLogEmpty() {
    List<TopicPartition> partitions;
    try (Consumer<String, byte[]> consumer = consumer(uncommitted)) {
      partitions =
          consumer.partitionsFor(topics.log()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
    }
    Bounds bounds = bounds(partitions);
    for (TopicPartition partition : partitions) {
      if (bounds.first(partition) > 0
          || !scan(partition, 0, bounds.end(partition), message -> false)) {
        return false;
      }
    }
    return true;
  }

  /** First and last offsets, those of open and aborted transactions included. */
  private Bounds bounds(Collection<TopicPartition> partitions) {
    try (Consumer<String, byte[]> consumer = consumer(uncommitted)) {
      consumer.assign(partitions);
      return new Bounds(consumer.beginningOffsets(partitions), consumer.endOffsets(partitions));
    }
  }

  private record Bounds(Map<TopicPartition, Long> first, Map<TopicPartition, Long> end) {

    long first(TopicPartition partition) {
      return first.getOrDefault(partition, 0L);
    }

    long end(TopicPartition partition) {
      return end.getOrDefault(partition, 0L);
    }
  }

  /** Reads until the end, or until the visitor has seen enough: then false. */
  private boolean scan(
      TopicPartition partition,
      long from,
      long end,
      Predicate<ConsumerRecord<String, byte[]>> visitor) {
    try (Consumer<String, byte[]> consumer = consumer(committed)) {
      consumer.assign(List.of(partition));
      consumer.seek(partition, from);
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<String, byte[]> message : consumer.poll(POLL)) {
          deadline = System.nanoTime() + PATIENCE.toNanos();
          if (!visitor.test(message)) {
            return false;
          }
        }
        if (System.nanoTime() > deadline) {
          throw new KafkaException(
              "Expected to read %s up to offset %d, but a transaction before it stays open."
                  .formatted(partition, end));
        }
      }
      return true;
    }
  }

  private static Consumer<String, byte[]> consumer(Map<String, Object> settings) {
    return new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
  }
}
