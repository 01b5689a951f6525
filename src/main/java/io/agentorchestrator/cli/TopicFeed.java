package io.agentorchestrator.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The committed records of a topic, from a moment on and for as long as somebody asks: what is
 * there already in the order of time over all partitions, and then what comes, as it comes. Reads
 * without a group, and leaves no trace. What is held at a time is what one fetch of each partition
 * brings. Partitions that are added meanwhile are not seen. Not thread-safe.
 */
final class TopicFeed implements AutoCloseable {

  /** Kafka is away if it delivers nothing of what it has for so long. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private static final Comparator<ConsumerRecord<byte[], byte[]>> BY_TIME =
      Comparator.comparingLong(ConsumerRecord::timestamp);

  private final String topic;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions = new ArrayList<>();

  /** Of partitions that are not read up to where they ended at the start, what was read ahead. */
  private final Map<Integer, Deque<ConsumerRecord<byte[], byte[]>>> ahead = new TreeMap<>();

  private Map<TopicPartition, Long> ends = Map.of();

  /** For how long Kafka has delivered nothing of what it has, while it was asked. */
  private Duration waited = Duration.ZERO;

  private TopicFeed(String topic, Map<String, Object> connection) {
    Map<String, Object> settings = new HashMap<>(connection);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
    settings.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
    settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 100);
    this.topic = topic;
    this.consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * Looks for the topic. Nothing is read before it is said from where.
   *
   * @param connection how a consumer reaches Kafka
   * @throws RefusedException if there is no such topic
   * @throws TimeoutException if Kafka cannot be reached within 15 s
   */
  static TopicFeed open(String topic, Map<String, Object> connection) {
    TopicFeed feed = new TopicFeed(topic, connection);
    try {
      feed.assign();
      return feed;
    } catch (RuntimeException e) {
      feed.close();
      throw e;
    }
  }

  private void assign() {
    List<PartitionInfo> found = consumer.partitionsFor(topic);
    if (found == null || found.isEmpty()) {
      throw new RefusedException(
          "Expected the topic %s, but there is none; a worker creates it at its start, and `schema --setup`."
              .formatted(topic));
    }
    found.forEach(each -> partitions.add(new TopicPartition(topic, each.partition())));
    consumer.assign(partitions);
  }

  /** Goes to where the topic ends now. */
  void toTheEnd() {
    ends = consumer.endOffsets(partitions);
    partitions.forEach(each -> consumer.seek(each, end(each)));
  }

  /** Goes to the first record there is. */
  void toTheBeginning() {
    ends = consumer.endOffsets(partitions);
    consumer.seekToBeginning(partitions);
  }

  /** Goes to the first record of each partition that Kafka took since. */
  void to(Instant since) {
    ends = consumer.endOffsets(partitions);
    Map<TopicPartition, Long> times = new HashMap<>();
    partitions.forEach(each -> times.put(each, since.toEpochMilli()));
    Map<TopicPartition, OffsetAndTimestamp> first = consumer.offsetsForTimes(times);
    for (TopicPartition each : partitions) {
      OffsetAndTimestamp found = first.get(each);
      consumer.seek(each, found == null ? end(each) : found.offset());
    }
  }

  private long end(TopicPartition partition) {
    return Objects.requireNonNull(ends.get(partition));
  }

  /** Whether all that was there at the start has been returned. */
  boolean isCaughtUp() {
    return ahead.isEmpty() && partitions.stream().allMatch(this::isRead);
  }

  private boolean isRead(TopicPartition partition) {
    return consumer.position(partition) >= end(partition);
  }

  /**
   * Returns what comes next.
   *
   * @param patience for how long to wait, if there is nothing
   * @return often nothing, while it is caught up and also before
   * @throws TimeoutException if Kafka delivers nothing for 15 s of what was there at the start
   */
  List<ConsumerRecord<byte[], byte[]>> next(Duration patience) {
    List<TopicPartition> lacking =
        partitions.stream()
            .filter(each -> !ahead.containsKey(each.partition()) && !isRead(each))
            .toList();
    if (!lacking.isEmpty()) {
      // Who is ahead in time waits for the others, so that nobody's records pile up.
      readAhead(lacking, patience);
      return new ArrayList<>();
    }
    if (!ahead.isEmpty()) {
      return takeOldest();
    }
    List<ConsumerRecord<byte[], byte[]>> next = new ArrayList<>();
    consumer.resume(partitions);
    consumer.poll(patience).forEach(next::add);
    next.sort(BY_TIME);
    return next;
  }

  private void readAhead(Collection<TopicPartition> some, Duration patience) {
    Map<TopicPartition, Long> before = new HashMap<>();
    some.forEach(each -> before.put(each, consumer.position(each)));
    consumer.pause(partitions);
    consumer.resume(some);
    long since = System.nanoTime();
    for (ConsumerRecord<byte[], byte[]> each : consumer.poll(patience)) {
      ahead.computeIfAbsent(each.partition(), partition -> new ArrayDeque<>()).add(each);
    }
    // What was aborted moves on, too, and is not returned.
    if (some.stream().anyMatch(each -> consumer.position(each) > at(before, each))) {
      waited = Duration.ZERO;
      return;
    }
    waited = waited.plusNanos(System.nanoTime() - since);
    if (waited.compareTo(PATIENCE) > 0) {
      throw new TimeoutException(
          "Kafka delivered nothing of %s within %d s".formatted(topic, PATIENCE.toSeconds()));
    }
  }

  private static long at(Map<TopicPartition, Long> offsets, TopicPartition partition) {
    return Objects.requireNonNull(offsets.get(partition));
  }

  /** Takes records for as long as it is known of each partition what it has next. */
  private List<ConsumerRecord<byte[], byte[]>> takeOldest() {
    List<ConsumerRecord<byte[], byte[]>> oldest = new ArrayList<>();
    while (true) {
      Optional<Deque<ConsumerRecord<byte[], byte[]>>> first =
          ahead.values().stream().min(Comparator.comparing(Deque::getFirst, BY_TIME));
      if (first.isEmpty()) {
        return oldest;
      }
      ConsumerRecord<byte[], byte[]> next = first.get().removeFirst();
      oldest.add(next);
      if (first.get().isEmpty()) {
        ahead.remove(next.partition());
        if (!isRead(new TopicPartition(topic, next.partition()))) {
          return oldest;
        }
      }
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
