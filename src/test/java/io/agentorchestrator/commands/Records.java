package io.agentorchestrator.commands;

import io.agentorchestrator.topics.TopicProperties;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Records as Kafka would deliver them, and the topics by their default names. */
final class Records {

  private Records() {}

  static TopicProperties topics() {
    return new Binder(new MapConfigurationPropertySource(Map.of()))
        .bindOrCreate("orchestrator.topics", TopicProperties.class);
  }

  static ConsumerRecord<byte[], byte[]> structured(String topic, byte[] value) {
    return record(topic, value, Map.of());
  }

  static ConsumerRecord<byte[], byte[]> record(
      String topic, byte @Nullable [] value, Map<String, String> headers) {
    Headers recordHeaders = new RecordHeaders();
    headers.forEach((name, text) -> recordHeaders.add(name, text.getBytes(StandardCharsets.UTF_8)));
    return new ConsumerRecord<>(
        topic,
        0,
        0,
        0L,
        TimestampType.CREATE_TIME,
        0,
        0,
        null,
        value,
        recordHeaders,
        Optional.empty());
  }
}
