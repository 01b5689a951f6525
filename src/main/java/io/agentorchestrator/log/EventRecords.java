package io.agentorchestrator.log;

import io.agentorchestrator.messages.LogEvent;
import io.agentorchestrator.topics.TopicProperties;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** Writes events as Kafka records: CloudEvents in structured mode, as the contract has them. */
final class EventRecords {

  private static final JsonMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private static final Header CONTENT_TYPE = header("content-type", "application/cloudevents+json");

  private final TopicProperties topics;

  EventRecords(TopicProperties topics) {
    this.topics = topics;
  }

  /** Returns the record for the log and, where an agent's mailbox gets a copy, that one. */
  List<ProducerRecord<byte[], byte[]>> of(LogRow row) {
    LogEvent event = row.event();
    byte[] value = JSON.writeValueAsBytes(event);
    List<Header> headers = new ArrayList<>(4);
    headers.add(CONTENT_TYPE);
    headers.add(header("ce_id", event.id().toString()));
    headers.add(header("ce_type", event.type()));
    UUID agent = event.agentid();
    if (agent != null) {
      headers.add(header("ce_agentid", agent.toString()));
    }
    ProducerRecord<byte[], byte[]> entry =
        new ProducerRecord<>(topics.log(), null, key(event.subject()), value, headers);
    UUID mailbox = row.mailbox();
    return mailbox == null
        ? List.of(entry)
        : List.of(
            entry, new ProducerRecord<>(topics.assignments(), null, key(mailbox), value, headers));
  }

  private static byte @Nullable [] key(@Nullable UUID id) {
    return id == null ? null : id.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static Header header(String name, String value) {
    return new RecordHeader(name, value.getBytes(StandardCharsets.UTF_8));
  }
}
