package io.agentorchestrator.pipeline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.Awaitility;

/** Reads a topic from its beginning, committed records only, and keeps what it has read. */
public final class TopicReader implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final String topic;
  private final List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();

  public TopicReader(String bootstrapServers, String topic) {
    this.topic = topic;
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "isolation.level",
                "read_committed",
                "fetch.max.wait.ms",
                20),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    Awaitility.await().atMost(PATIENCE).until(() -> !consumer.partitionsFor(topic).isEmpty());
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(each -> new TopicPartition(topic, each.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /** Reads on until what was read is enough, and returns all that was read so far. */
  public List<ConsumerRecord<byte[], byte[]>> until(
      String what, Predicate<List<ConsumerRecord<byte[], byte[]>>> enough) {
    return until(what, PATIENCE, enough);
  }

  /** Likewise, for at most so long. */
  public List<ConsumerRecord<byte[], byte[]>> until(
      String what, Duration patience, Predicate<List<ConsumerRecord<byte[], byte[]>>> enough) {
    Awaitility.await(what + " on " + topic)
        .atMost(patience)
        .pollInterval(Duration.ofMillis(1))
        .until(
            () -> {
              consumer.poll(Duration.ofMillis(50)).forEach(read::add);
              return enough.test(read);
            });
    return List.copyOf(read);
  }

  /** Reads all that is there now. */
  public List<ConsumerRecord<byte[], byte[]>> toTheEnd() {
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    return until(
        "the end",
        records ->
            ends.entrySet().stream()
                .allMatch(end -> consumer.position(end.getKey()) >= end.getValue()));
  }

  @Override
  public void close() {
    consumer.close();
  }
}
