package io.agentorchestrator.deadletters;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/** Dead letters as they stand on partition 1 of a topic. */
final class DeadLetters {

  static final String TOPIC = "dead.letters";

  private DeadLetters() {}

  static ConsumerRecord<byte[], byte[]> record(
      long offset, @Nullable String key, byte @Nullable [] value, Headers headers) {
    return new ConsumerRecord<>(
        TOPIC,
        1,
        offset,
        Instant.parse("2026-11-23T09:00:00Z").toEpochMilli(),
        TimestampType.CREATE_TIME,
        0,
        0,
        key == null ? null : bytes(key),
        value,
        headers,
        Optional.empty());
  }

  static void refused(Headers headers, String topic, int partition, long offset) {
    headers.add("dlt_topic", bytes(topic));
    headers.add("dlt_partition", bytes(String.valueOf(partition)));
    headers.add("dlt_offset", bytes(String.valueOf(offset)));
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
