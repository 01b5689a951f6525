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

  /** A valid command in structured mode. */
  static byte[] heartbeat() {
    return """
        {"specversion":"1.0","id":"1","source":"/tests","type":"agent.heartbeat.v1",
         "subject":"0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a","data":{}}"""
        .getBytes(StandardCharsets.UTF_8);
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
