package io.agentorchestrator.deadletters;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the dead-letter topic, without a group and without leaving a trace. What is held at a time
 * is what one fetch of each partition brings. Not thread-safe.
 */
public final class DeadLetterTopic implements AutoCloseable {

  /** Kafka is away if it delivers nothing for so long. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private static final Duration POLL = Duration.ofMillis(200);

  /** Further ahead than this it is quicker to seek than to read on. */
  private static final long SEEK_BEYOND = 1000;

  private final String topic;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions = new ArrayList<>();

  /**
   * Looks for the topic.
   *
   * @param topic its name
   * @param connection how a consumer of bytes reaches Kafka
   * @throws TimeoutException if Kafka cannot be reached within 15 s
   */
  public DeadLetterTopic(String topic, Map<String, Object> connection) {
    this.topic = topic;
    Map<String, Object> settings = new HashMap<>(connection);
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
    settings.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
    // At its end a partition must not keep the others waiting.
    settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 20);
    this.consumer = new KafkaConsumer<>(settings);
    try {
      List<PartitionInfo> found = consumer.partitionsFor(topic);
      for (PartitionInfo each : found == null ? List.<PartitionInfo>of() : found) {
        partitions.add(new TopicPartition(topic, each.partition()));
      }
    } catch (RuntimeException e) {
      consumer.close();
      throw e;
    }
    consumer.assign(partitions);
  }

  /** The topic's name. */
  public String name() {
    return topic;
  }

  /** Whether there is such a topic. */
  public boolean exists() {
    return !partitions.isEmpty();
  }

  /** The offsets a partition holds now, or null where the topic has no such partition. */
  public @Nullable Range offsets(int partition) {
    TopicPartition asked = new TopicPartition(topic, partition);
    if (!partitions.contains(asked)) {
      return null;
    }
    return new Range(
        Objects.requireNonNull(consumer.beginningOffsets(List.of(asked)).get(asked)),
        Objects.requireNonNull(consumer.endOffsets(List.of(asked)).get(asked)));
  }

  /**
   * Offsets of a partition.
   *
   * @param first the first there may be
   * @param end behind the last
   */
  public record Range(long first, long end) {}

  /**
   * Reads what is there now, all partitions together, oldest first.
   *
   * @param since leaves out what is older; null: nothing
   * @param each takes one, and says whether to go on
   * @throws TimeoutException if Kafka delivers nothing for 15 s
   */
  public void read(@Nullable Instant since, Predicate<DeadLetter> each) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    seekToTheFirst(since, ends);
    SortedMap<Integer, Deque<DeadLetter>> ahead = new TreeMap<>();
    partitions.forEach(partition -> ahead.put(partition.partition(), new ArrayDeque<>()));
    while (true) {
      List<TopicPartition> lacking =
          partitions.stream()
              .filter(partition -> at(ahead, partition.partition()).isEmpty())
              .filter(partition -> !isRead(partition, ends))
              .toList();
      if (!lacking.isEmpty()) {
        // Who is ahead in time waits for the others, so that nobody's records pile up.
        poll(
            lacking,
            ends,
            record -> {
              DeadLetter deadLetter = DeadLetter.of(record);
              if (since == null || !deadLetter.time().isBefore(since)) {
                at(ahead, record.partition()).add(deadLetter);
              }
            });
        continue;
      }
      Optional<Deque<DeadLetter>> oldest =
          ahead.values().stream()
              .filter(queue -> !queue.isEmpty())
              .min(Comparator.comparing(queue -> queue.getFirst().time()));
      if (oldest.isEmpty() || !each.test(oldest.get().removeFirst())) {
        return;
      }
    }
  }

  private static <K, V> V at(Map<K, V> map, K key) {
    return Objects.requireNonNull(map.get(key));
  }

  private void seekToTheFirst(@Nullable Instant since, Map<TopicPartition, Long> ends) {
    if (since == null) {
      consumer.seekToBeginning(partitions);
      return;
    }
    Map<TopicPartition, Long> times = new HashMap<>();
    partitions.forEach(partition -> times.put(partition, since.toEpochMilli()));
    Map<TopicPartition, OffsetAndTimestamp> first = consumer.offsetsForTimes(times);
    for (TopicPartition partition : partitions) {
      OffsetAndTimestamp found = first.get(partition);
      consumer.seek(partition, found == null ? at(ends, partition) : found.offset());
    }
  }

  private boolean isRead(TopicPartition partition, Map<TopicPartition, Long> ends) {
    return consumer.position(partition) >= at(ends, partition);
  }

  /**
   * Returns the records at some places, value and all.
   *
   * @return those that are still there
   */
  public Map<Place, ConsumerRecord<byte[], byte[]>> fetch(Iterable<Place> places) {
    SortedMap<TopicPartition, Deque<Place>> wanted =
        new TreeMap<>(Comparator.comparingInt(TopicPartition::partition));
    List<Place> sorted = new ArrayList<>();
    places.forEach(sorted::add);
    sorted.sort(null);
    for (Place place : sorted) {
      wanted
          .computeIfAbsent(
              new TopicPartition(topic, place.partition()), partition -> new ArrayDeque<>())
          .add(place);
    }
    Map<Place, ConsumerRecord<byte[], byte[]>> found = new HashMap<>();
    wanted.keySet().retainAll(partitions);
    wanted.forEach((partition, queue) -> fetch(partition, queue, found));
    return found;
  }

  private void fetch(
      TopicPartition partition,
      Deque<Place> wanted,
      Map<Place, ConsumerRecord<byte[], byte[]>> found) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(List.of(partition));
    long first = at(consumer.beginningOffsets(List.of(partition)), partition);
    while (!wanted.isEmpty() && wanted.getFirst().offset() < first) {
      wanted.removeFirst();
    }
    if (!wanted.isEmpty()) {
      consumer.seek(partition, wanted.getFirst().offset());
    }
    while (!wanted.isEmpty() && !isRead(partition, ends)) {
      poll(
          List.of(partition),
          ends,
          record -> {
            while (!wanted.isEmpty() && wanted.getFirst().offset() < record.offset()) {
              wanted.removeFirst();
            }
            if (!wanted.isEmpty() && wanted.getFirst().offset() == record.offset()) {
              found.put(wanted.removeFirst(), record);
            }
          });
      if (!wanted.isEmpty()
          && wanted.getFirst().offset() > consumer.position(partition) + SEEK_BEYOND) {
        consumer.seek(partition, wanted.getFirst().offset());
      }
    }
  }

  /** Returns where the next dead letter of each partition will be. */
  Map<TopicPartition, Long> ends() {
    return new HashMap<>(consumer.endOffsets(partitions));
  }

  /**
   * Reads what has come since.
   *
   * @param from where to begin; moved on to behind what is read
   */
  void readOn(Map<TopicPartition, Long> from, Consumer<DeadLetter> each) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    List<TopicPartition> grown =
        partitions.stream().filter(partition -> at(ends, partition) > at(from, partition)).toList();
    grown.forEach(partition -> consumer.seek(partition, at(from, partition)));
    List<TopicPartition> lacking = grown;
    while (!lacking.isEmpty()) {
      poll(lacking, ends, record -> each.accept(DeadLetter.of(record)));
      lacking = lacking.stream().filter(partition -> !isRead(partition, ends)).toList();
    }
    grown.forEach(partition -> from.put(partition, at(ends, partition)));
  }

  /**
   * Polls some partitions until one of them moves on. Records from the given ends on are not handed
   * over, nor are they lost: the position does not matter behind the end.
   */
  private void poll(
      List<TopicPartition> some,
      Map<TopicPartition, Long> ends,
      Consumer<ConsumerRecord<byte[], byte[]>> each) {
    consumer.pause(partitions);
    consumer.resume(some);
    Map<TopicPartition, Long> before = new HashMap<>();
    some.forEach(partition -> before.put(partition, consumer.position(partition)));
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
      for (ConsumerRecord<byte[], byte[]> record : records) {
        if (record.offset() < at(ends, new TopicPartition(topic, record.partition()))) {
          each.accept(record);
        }
      }
      if (some.stream().anyMatch(one -> consumer.position(one) > at(before, one))) {
        return;
      }
      if (System.nanoTime() > deadline) {
        throw new TimeoutException(
            "Kafka delivered nothing of %s within %d s".formatted(topic, PATIENCE.toSeconds()));
      }
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
