package io.agentorchestrator.cache;

import io.agentorchestrator.cache.CachedEntities.Followed;
import io.agentorchestrator.cache.CachedEntities.RedisAwayException;
import io.agentorchestrator.shutdown.OutOfMemory;
import io.agentorchestrator.topics.WallClockSteps;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Follows the log topic and has the cache leave behind what changed, whichever worker changed it.
 * Every worker follows all of it, which does no harm: the first to come leaves a version behind,
 * the others find it done.
 *
 * <p>How far the log was followed is kept beside what it is about, in Redis. So nothing is passed
 * over by workers that end or crash, and all is forgotten together. It waits while Redis or Kafka
 * is away, and holds up nobody.
 */
final class LogFollower implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(LogFollower.class);

  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** How often it looks for partitions that were added. */
  private static final Duration ANEW = Duration.ofMinutes(1);

  private final CachedEntities entities;
  private final String topic;
  private final Map<String, Object> settings;
  private final WallClockSteps clock;
  private boolean told;
  private volatile @Nullable Thread thread;

  /**
   * Follows from {@link #start()} on.
   *
   * @param consumers the settings of the application's consumers
   */
  LogFollower(
      CachedEntities entities, String topic, Map<String, Object> consumers, WallClockSteps clock) {
    this.entities = entities;
    this.topic = topic;
    this.clock = clock;
    this.settings = new HashMap<>(consumers);
    settings.remove(ConsumerConfig.GROUP_ID_CONFIG);
    settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "agent-orchestrator-cache");
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    // Where the log no longer has what was to come next.
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1000);
  }

  private void run() {
    while (isRunning()) {
      try (Consumer<byte[], byte[]> consumer =
          new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        follow(consumer);
      } catch (RedisAwayException e) {
        pause(); // The cache itself tells.
      } catch (RuntimeException | Error e) {
        OutOfMemory.endProcess(e);
        if (!told && isRunning()) {
          told = true;
          LOG.atWarn()
              .addKeyValue("because", e.toString())
              .log("The log cannot be followed for the cache; it is tried again");
        }
        pause();
      }
    }
  }

  /** Until it is time to begin anew. */
  private void follow(Consumer<byte[], byte[]> consumer) throws RedisAwayException {
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .toList();
    if (partitions.isEmpty()) {
      pause(); // The topic is yet to be created.
      return;
    }
    consumer.assign(partitions);
    seek(consumer, partitions);
    WallClockSteps.Follower steps = clock.follow();
    long start = System.nanoTime();
    while (isRunning() && steps.moved().isEmpty()) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
      if (!records.isEmpty()) {
        leaveBehind(records);
      }
      told = false;
      if (System.nanoTime() - start > ANEW.toNanos()) {
        if (consumer.partitionsFor(topic).size() != partitions.size()) {
          return;
        }
        start = System.nanoTime();
      }
    }
  }

  /**
   * Where the farthest worker stopped, but not before the oldest that can be in the cache; at the
   * end where nobody has followed yet. Noted at once, for what is read from now on may be kept.
   */
  private void seek(Consumer<byte[], byte[]> consumer, List<TopicPartition> partitions)
      throws RedisAwayException {
    Followed followed = entities.followed(topic);
    Map<TopicPartition, Long> times = new HashMap<>();
    partitions.forEach(each -> times.put(each, followed.oldest().toEpochMilli()));
    Map<TopicPartition, OffsetAndTimestamp> oldest = consumer.offsetsForTimes(times);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    Map<Integer, Long> next = new HashMap<>();
    for (TopicPartition partition : partitions) {
      long end = ends.getOrDefault(partition, 0L);
      OffsetAndTimestamp first = oldest.get(partition);
      long from =
          Math.max(
              followed.offsets().getOrDefault(partition.partition(), end),
              first == null ? end : first.offset());
      consumer.seek(partition, from);
      next.put(partition.partition(), from);
    }
    entities.leaveBehind(Map.of(), topic, next);
  }

  private void leaveBehind(ConsumerRecords<byte[], byte[]> records) throws RedisAwayException {
    Map<ChangedEntity.Key, Long> versions = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> message : records) {
      ChangedEntity.of(message.value())
          .ifPresent(changed -> versions.merge(changed.key(), changed.version(), Math::max));
    }
    Map<Integer, Long> next = new HashMap<>();
    records
        .nextOffsets()
        .forEach((partition, offset) -> next.put(partition.partition(), offset.offset()));
    entities.leaveBehind(versions, topic, next);
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public synchronized void start() {
    if (thread == null) {
      Thread own = Thread.ofPlatform().daemon().name("cache-follower").unstarted(this::run);
      thread = own; // Before it runs, for it runs only as long as this is so.
      own.start();
    }
  }

  /** Nobody waits for its end: what it has not noted is followed again. */
  @Override
  public synchronized void stop() {
    Thread following = thread;
    thread = null;
    if (following != null) {
      following.interrupt();
    }
  }

  @Override
  public boolean isRunning() {
    return thread != null;
  }
}
