package io.agentorchestrator.stream;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * An event of the log as it came from Kafka, with what filters ask for. Shared by all readers that
 * it is sent to; nobody changes it.
 *
 * @param partition where it stands
 * @param offset where it stands there
 * @param type its CloudEvents type
 * @param entityType what it is about; null where it does not tell
 * @param entityId its id; null likewise
 * @param agentId the agent of the task concerned, or null
 * @param body the event and data lines of the stream, the empty line behind them included
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record StreamedEvent(
    int partition,
    long offset,
    String type,
    @Nullable String entityType,
    @Nullable String entityId,
    @Nullable String agentId,
    byte[] body) {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Reads a record; empty for one that the relay did not write. */
  static Optional<StreamedEvent> of(ConsumerRecord<byte[], byte[]> message) {
    String type = header(message.headers(), "ce_type");
    byte[] value = message.value();
    if (type == null || value == null) {
      return Optional.empty();
    }
    byte[] key = message.key();
    return Optional.of(
        new StreamedEvent(
            message.partition(),
            message.offset(),
            type,
            entityType(value),
            key == null ? null : new String(key, StandardCharsets.UTF_8),
            header(message.headers(), "ce_agentid"),
            body(type, value)));
  }

  private static @Nullable String header(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null || header.value() == null
        ? null
        : new String(header.value(), StandardCharsets.UTF_8);
  }

  private static byte[] body(String type, byte[] value) {
    byte[] before = ("event: " + type + "\ndata: ").getBytes(StandardCharsets.UTF_8);
    byte[] body = new byte[before.length + value.length + 2];
    System.arraycopy(before, 0, body, 0, before.length);
    for (int i = 0; i < value.length; i++) {
      // Line breaks would end the data. Between JSON's tokens, the only place for them, a space is
      // the same.
      byte each = value[i];
      body[before.length + i] = each == '\n' || each == '\r' ? (byte) ' ' : each;
    }
    body[body.length - 2] = '\n';
    body[body.length - 1] = '\n';
    return body;
  }

  /** Reads {@code data.entity_type}, which stands before all that may be large. */
  private static @Nullable String entityType(byte[] value) {
    try (JsonParser parser = JSON.createParser(value)) {
      if (!isAtMember(parser, "data") || !isAtMember(parser, "entity_type")) {
        return null;
      }
      return parser.nextToken() == JsonToken.VALUE_STRING ? parser.getString() : null;
    } catch (JacksonException e) {
      return null;
    }
  }

  /** Goes into the object that comes next, to its member of this name. */
  private static boolean isAtMember(JsonParser parser, String name) {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      return false;
    }
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      if (parser.currentName().equals(name)) {
        return true;
      }
      parser.nextToken();
      parser.skipChildren();
    }
    return false;
  }
}
