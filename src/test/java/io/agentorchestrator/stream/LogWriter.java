package io.agentorchestrator.stream;

import io.agentorchestrator.local.Site;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Writes events to a log that no relay writes to, as it would: in transactions, with headers. */
@SuppressWarnings("FutureReturnValueIgnored") // The commit tells of every failure.
final class LogWriter implements AutoCloseable {

  private static final AtomicLong POSITIONS = new AtomicLong();

  /**
   * An event as it was written.
   *
   * @param value its JSON
   */
  record Written(UUID entity, long version, String type, String value) {}

  private final KafkaProducer<byte[], byte[]> producer;
  private final String topic;
  private final Map<UUID, Long> versions = new HashMap<>();

  LogWriter(Site site) {
    this(site.servers().bootstrapServers(), site.topic("orchestrator.log"));
  }

  LogWriter(String bootstrapServers, String topic) {
    this.topic = topic;
    this.producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "transactional.id",
                "writer-" + UUID.randomUUID(),
                "max.request.size",
                8 << 20,
                "linger.ms",
                1),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    producer.initTransactions();
  }

  /** Writes events about an entity in one transaction. */
  List<Written> write(int count, UUID entity, String type) {
    return write(count, entity, type, null, "", null);
  }

  /**
   * Likewise.
   *
   * @param agent the agent concerned, or null
   * @param filling makes it large
   * @param partition where; null: as the entity says
   */
  List<Written> write(
      int count,
      UUID entity,
      String type,
      @Nullable UUID agent,
      String filling,
      @Nullable Integer partition) {
    List<Written> written = new ArrayList<>();
    producer.beginTransaction();
    for (int i = 0; i < count; i++) {
      long version = versions.merge(entity, 1L, Long::sum);
      String entityType = type.split("\\.", 2)[0];
      String value =
          """
          {"specversion":"1.0","id":"%s","source":"/agent-orchestrator","type":"%s",\
          "data":{"position":%d,"operation":"x.y","entity_type":"%s","entity_id":"%s",\
          "entity_version":%d,"filling":"%s"}}\
          """
              .formatted(
                  UUID.randomUUID(),
                  type,
                  POSITIONS.incrementAndGet(),
                  entityType,
                  entity,
                  version,
                  filling);
      ProducerRecord<byte[], byte[]> message =
          new ProducerRecord<>(topic, partition, bytes(entity.toString()), bytes(value));
      message.headers().add("ce_type", bytes(type));
      if (agent != null) {
        message.headers().add("ce_agentid", bytes(agent.toString()));
      }
      producer.send(message);
      written.add(new Written(entity, version, type, value));
    }
    producer.commitTransaction();
    return written;
  }

  /** Writes events in a transaction that is given up. */
  void writeAndAbort(UUID entity) {
    producer.beginTransaction();
    producer.send(new ProducerRecord<>(topic, bytes(entity.toString()), bytes("{}")));
    producer.flush();
    producer.abortTransaction();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    producer.close();
  }
}
