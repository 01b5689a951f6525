package io.agentorchestrator.pipeline;

import io.agentorchestrator.schemas.Schemas;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** An event as it stands on a topic. */
public record Event(ConsumerRecord<byte[], byte[]> record, JsonNode json) {

  public static Event of(ConsumerRecord<byte[], byte[]> record) {
    return new Event(record, Schemas.parse(record.value()));
  }

  public @Nullable String key() {
    return record.key() == null ? null : new String(record.key(), StandardCharsets.UTF_8);
  }

  public @Nullable String header(String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }

  public String type() {
    return json.get("type").stringValue();
  }

  public JsonNode data() {
    return json.get("data");
  }

  public JsonNode changes() {
    return data().get("changes");
  }

  public JsonNode details() {
    return data().get("details");
  }

  public long version() {
    return data().get("entity_version").longValue();
  }

  public long position() {
    return data().get("position").longValue();
  }

  public String rejection() {
    return details().at("/rejection/type").asString();
  }

  public String reason() {
    return details().at("/rejection/reason").asString();
  }

  public String commandId() {
    return data().at("/command/id").asString();
  }

  public String commandSource() {
    return data().at("/command/source").asString();
  }
}
