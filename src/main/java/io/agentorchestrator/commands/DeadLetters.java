package io.agentorchestrator.commands;

import io.agentorchestrator.commands.Decoded.Unreadable;
import io.agentorchestrator.messages.ContentDigest;
import io.agentorchestrator.topics.TopicProperties;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.springframework.kafka.KafkaException;
import org.springframework.kafka.core.KafkaOperations;
import org.springframework.kafka.support.SendResult;
import org.springframework.stereotype.Component;

/**
 * Sends what is no command to the dead-letter topic, byte for byte, key and headers included, with
 * the reason in headers of its own. Awaits the acknowledgements: a record is behind us only when it
 * is kept somewhere.
 */
@Component
class DeadLetters {

  /** A larger value goes without it: the topic takes 8 MiB, headers and all. */
  static final int MAX_VALUE_BYTES = 6 * 1024 * 1024;

  /** Larger keys and headers are left out as well: only a topic of somebody else's takes them. */
  private static final int MAX_KEY_BYTES = 512 * 1024;

  private static final int MAX_HEADER_BYTES = 1024 * 1024;

  private final KafkaOperations<byte[], byte[]> kafka;
  private final String topic;

  /**
   * What is acknowledged, by the record's identity: a poll that waits for PostgreSQL is given again
   * and again as it is, and an outage must not flood the topic.
   */
  private final Set<ConsumerRecord<byte[], byte[]>> kept =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  DeadLetters(KafkaOperations<byte[], byte[]> kafka, TopicProperties topics) {
    this.kafka = kafka;
    this.topic = topics.deadLetter();
  }

  /** Has the next be sent by a producer that is made anew. */
  void renewProducer() {
    kafka.getProducerFactory().reset();
  }

  /**
   * Sends those of the records that are unreadable, in their order, and awaits them. A record that
   * was acknowledged before is not sent again.
   *
   * @throws RuntimeException if Kafka did not acknowledge one
   */
  void send(List<ReceivedRecord> records) {
    List<CompletableFuture<?>> sent = new ArrayList<>();
    for (ReceivedRecord each : records) {
      if (each.decoded() instanceof Unreadable unreadable && !kept.contains(each.record())) {
        sent.add(send(each.record(), unreadable).thenRun(() -> kept.add(each.record())));
      }
    }
    try {
      CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** A topic that somebody made with a smaller limit than ours gets what it can hold. */
  private CompletableFuture<?> send(
      ConsumerRecord<byte[], byte[]> received, Unreadable unreadable) {
    return send(deadLetter(received, unreadable, MAX_VALUE_BYTES, MAX_HEADER_BYTES))
        .exceptionallyCompose(
            failure ->
                isTooLarge(failure)
                    ? send(deadLetter(received, unreadable, 0, 0))
                    : CompletableFuture.failedFuture(failure));
  }

  /** Some failures the template throws at once instead of handing them over. */
  private CompletableFuture<SendResult<byte[], byte[]>> send(
      ProducerRecord<byte[], byte[]> deadLetter) {
    try {
      return kafka.send(deadLetter);
    } catch (KafkaException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static boolean isTooLarge(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof RecordTooLargeException) {
        return true;
      }
    }
    return false;
  }

  private ProducerRecord<byte[], byte[]> deadLetter(
      ConsumerRecord<byte[], byte[]> received,
      Unreadable unreadable,
      int maxValueBytes,
      int maxHeaderBytes) {
    byte[] value = received.value();
    Headers headers = new RecordHeaders();
    boolean withHeaders = headerBytes(received.headers()) <= maxHeaderBytes;
    if (withHeaders) {
      received.headers().forEach(headers::add);
    }
    add(headers, "dlt_reason", unreadable.reason().name());
    add(headers, "dlt_message", unreadable.message());
    add(headers, "dlt_topic", received.topic());
    add(headers, "dlt_partition", String.valueOf(received.partition()));
    add(headers, "dlt_offset", String.valueOf(received.offset()));
    boolean withValue = value == null || value.length <= maxValueBytes;
    byte[] key = received.key();
    boolean withKey = key == null || key.length <= MAX_KEY_BYTES;
    if (!withValue || !withHeaders || !withKey) {
      add(headers, "dlt_truncated", "true");
    }
    if (!withValue) {
      add(headers, "dlt_sha256", ContentDigest.of(value).hex());
    }
    return new ProducerRecord<>(
        topic, null, withKey ? key : null, withValue ? value : null, headers);
  }

  private static long headerBytes(Headers headers) {
    long bytes = 0;
    for (Header header : headers) {
      bytes +=
          header.key().getBytes(StandardCharsets.UTF_8).length
              + (header.value() == null ? 0 : header.value().length);
    }
    return bytes;
  }

  private static void add(Headers headers, String name, String value) {
    headers.add(name, value.getBytes(StandardCharsets.UTF_8));
  }
}
