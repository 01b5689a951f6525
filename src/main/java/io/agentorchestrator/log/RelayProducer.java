package io.agentorchestrator.log;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes chunks of events, each with the checkpoint it ends at, in one Kafka transaction.
 *
 * <p>After any failure it is of no more use, and whether the last chunk is there is unknown: close
 * it, make another, fence, and read the checkpoint. Sending a chunk again without would publish it
 * twice.
 */
final class RelayProducer implements AutoCloseable {

  private static final int COMMIT_ATTEMPTS = 3;
  private static final int MAX_REQUEST_BYTES = 16 * 1024 * 1024;
  private static final int BUFFER_BYTES = 96 * 1024 * 1024;
  private static final int BATCH_BYTES = 128 * 1024;

  private final String checkpointTopic;
  private final byte[] slot;
  private final Producer<byte[], byte[]> producer;

  RelayProducer(String checkpointTopic, String slot, Map<String, Object> connection) {
    this.checkpointTopic = checkpointTopic;
    this.slot = slot.getBytes(StandardCharsets.UTF_8);
    Map<String, Object> settings = new HashMap<>(connection);
    settings.put(ProducerConfig.CLIENT_ID_CONFIG, slot + "-relay");
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, slot);
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES);
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER_BYTES);
    settings.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 30_000);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 15_000);
    settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 60_000);
    this.producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /**
   * Ends what a predecessor left open and keeps it from ever writing again.
   *
   * @throws KafkaException if Kafka cannot be reached within 15 s
   */
  void fencePredecessor() {
    producer.initTransactions();
  }

  /**
   * Publishes a chunk and waits until it is committed.
   *
   * @throws KafkaException if it is not there, or if nobody knows; this producer is then spent
   */
  @SuppressWarnings("FutureReturnValueIgnored") // The commit tells of every failure.
  void publish(List<ProducerRecord<byte[], byte[]>> events, RelayCheckpoint checkpoint) {
    producer.beginTransaction();
    for (ProducerRecord<byte[], byte[]> event : events) {
      producer.send(event);
    }
    producer.send(new ProducerRecord<>(checkpointTopic, slot, checkpoint.toJson()));
    commit();
  }

  private void commit() {
    for (int attempt = 1; ; attempt++) {
      try {
        producer.commitTransaction();
        return;
      } catch (TimeoutException e) {
        // The outcome is unknown; asking again for the same is allowed, and answers.
        if (attempt == COMMIT_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /** Closes it at once. A transaction left open is ended by whoever fences next. */
  @Override
  public void close() {
    // An interruption is for others; here it would leave the producer half closed.
    boolean interrupted = Thread.interrupted();
    try {
      producer.close(Duration.ZERO);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
