package io.agentorchestrator.pipeline;

import io.agentorchestrator.schemas.Schemas;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** An event as it stands on a topic. */
record Event(ConsumerRecord<byte[], byte[]> record, JsonNode json) {

  static Event of(ConsumerRecord<byte[], byte[]> record) {
    return new Event(record, Schemas.parse(record.value()));
  }

  @Nullable String key() {
    return record.key() == null ? null : new String(record.key(), StandardCharsets.UTF_8);
  }

  @Nullable String header(String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }

  String type() {
    return json.get("type").stringValue();
  }

  JsonNode data() {
    return json.get("data");
  }

  JsonNode changes() {
    return data().get("changes");
  }

  JsonNode details() {
    return data().get("details");
  }

  long version() {
    return data().get("entity_version").longValue();
  }

  long position() {
    return data().get("position").longValue();
  }

  String rejection() {
    return details().at("/rejection/type").asString();
  }

  String reason() {
    return details().at("/rejection/reason").asString();
  }

  String commandId() {
    return data().at("/command/id").asString();
  }

  String commandSource() {
    return data().at("/command/source").asString();
  }
}
