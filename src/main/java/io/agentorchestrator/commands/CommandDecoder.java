package io.agentorchestrator.commands;

import io.agentorchestrator.messages.Command;
import io.agentorchestrator.messages.CommandType;
import io.agentorchestrator.messages.ContentDigest;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.Envelope;
import io.agentorchestrator.topics.TopicProperties;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Decodes a record into a command: a CloudEvent 1.0 in structured or in binary mode (CloudEvents
 * Kafka protocol binding 1.0.2). Strict, and never throws for what a record holds. The bounds are
 * those of {@code schemas/}; the two never disagree.
 */
@Component
class CommandDecoder {

  private static final Logger LOG = LoggerFactory.getLogger(CommandDecoder.class);

  /** The most bytes of a whole command. */
  static final int MAX_COMMAND_BYTES = 1024 * 1024;

  /** Whose message a larger record is, is looked for in so much of it. */
  private static final int MAX_LOOKED_AT_BYTES = 8 * MAX_COMMAND_BYTES;

  private static final String HEADER_PREFIX = "ce_";
  private static final String CLOUD_EVENT = "application/cloudevents";
  private static final String STRUCTURED = "application/cloudevents+json";

  /** What the commands on each topic are about. */
  private final Map<String, Set<EntityType>> topics;

  CommandDecoder(TopicProperties topics) {
    this.topics =
        Map.of(
            topics.agentCommands(), Set.of(EntityType.AGENT, EntityType.BULK_OPERATION),
            topics.taskCommands(), Set.of(EntityType.TASK),
            topics.workflowCommands(), Set.of(EntityType.WORKFLOW));
  }

  Decoded decode(ConsumerRecord<byte[], byte[]> record) {
    boolean binary = isBinary(record);
    try {
      return binary ? binary(record) : structured(record);
    } catch (UnreadableException e) {
      return new Decoded.Unreadable(e.reason(), e.getMessage(), identity(record, binary, e));
    } catch (RuntimeException e) {
      // A defect of ours. The record must not hold up what is behind it, so it goes aside as well.
      LOG.atError()
          .addKeyValue("topic", record.topic())
          .addKeyValue("partition", record.partition())
          .addKeyValue("offset", record.offset())
          .setCause(e)
          .log("A record could not be decoded");
      return new Decoded.Unreadable(
          DeadLetterReason.PROCESSING_FAILED,
          "value: expected a command, but decoding it failed: " + e.getClass().getSimpleName(),
          Identity.NONE);
    }
  }

  private Decoded structured(ConsumerRecord<byte[], byte[]> record) throws UnreadableException {
    if (isOfType(record, CLOUD_EVENT) && !isOfType(record, STRUCTURED)) {
      throw UnreadableException.malformed(
          "content-type: expected application/cloudevents+json, but it is another of CloudEvents");
    }
    byte[] value = requireValue(record.value());
    checkSize(value.length);
    if (!(StrictJson.parse(StrictJson.text(value, "value"), "") instanceof ObjectNode event)) {
      throw UnreadableException.malformed("value: expected a CloudEvent, but it is no object");
    }
    if (!event.has("specversion") && !event.has("type") && !event.has("id")) {
      throw UnreadableException.malformed("value: expected a CloudEvent, but it has no envelope");
    }
    SequencedMap<String, JsonNode> attributes = new LinkedHashMap<>();
    event.forEachEntry(attributes::put);
    JsonNode data = attributes.remove("data");
    return valid(record.topic(), attributes, data);
  }

  private Decoded binary(ConsumerRecord<byte[], byte[]> record) throws UnreadableException {
    SequencedMap<String, JsonNode> attributes = new LinkedHashMap<>();
    int size = 0;
    for (Header header : record.headers()) {
      if (header.key().startsWith(HEADER_PREFIX) && header.value() != null) {
        String name = header.key().substring(HEADER_PREFIX.length());
        String value = StrictJson.text(header.value(), header.key());
        StrictJson.check(value, header.key());
        size += header.value().length;
        if (attributes.put(name, JsonNodeFactory.instance.stringNode(value)) != null) {
          throw UnreadableException.malformed(header.key(), "expected once, but it is repeated");
        }
      }
    }
    String contentType = header(record, "content-type");
    if (contentType != null) {
      attributes.put("datacontenttype", JsonNodeFactory.instance.stringNode(contentType));
    }
    byte[] value = requireValue(record.value());
    checkSize(value.length + size);
    return valid(
        record.topic(), attributes, StrictJson.parse(StrictJson.text(value, "value"), "data"));
  }

  private Decoded.Valid valid(
      String topic, SequencedMap<String, JsonNode> attributes, @Nullable JsonNode data)
      throws UnreadableException {
    EnvelopeReader envelope = new EnvelopeReader(attributes);
    CommandType type = type(topic, envelope.required("type"));
    envelope.checkVersion();
    envelope.checkOthers();
    String source = envelope.bounded("source");
    String id = envelope.bounded("id");
    UUID subject = DataReader.uuid(envelope.required("subject"), "subject");
    String actor = envelope.optionalBounded("actor");
    if (!(data instanceof ObjectNode object)) {
      throw UnreadableException.violation("data", "expected an object, but it is none");
    }
    Command command = CommandData.read(type, new DataReader(object, "data"));
    return new Decoded.Valid(
        new Envelope(
            source,
            id,
            type,
            subject,
            actor == null ? source : actor,
            envelope.traceparent(),
            digest(type, subject, object)),
        command);
  }

  private CommandType type(String topic, String name) throws UnreadableException {
    CommandType type = CommandType.of(name);
    if (type == null) {
      throw UnreadableException.unknownType("type: expected a known command, but it is none");
    }
    if (!topics.getOrDefault(topic, Set.of()).contains(type.entityType())) {
      throw UnreadableException.unknownType(
          "type: expected a command of topic %s, but %s is none".formatted(topic, type.value()));
    }
    return type;
  }

  /** The content of a command: what makes two messages of one source and id the same. */
  private static ContentDigest digest(CommandType type, UUID subject, ObjectNode data) {
    StringBuilder content = new StringBuilder(256);
    content.append(type.value()).append('\n').append(subject).append('\n');
    CanonicalJson.append(data, content);
    return ContentDigest.of(content.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] requireValue(byte @Nullable [] value) throws UnreadableException {
    if (value == null || value.length == 0) {
      throw UnreadableException.malformed("value: expected a command, but there is none");
    }
    return value;
  }

  private static void checkSize(int bytes) throws UnreadableException {
    if (bytes > MAX_COMMAND_BYTES) {
      throw tooLarge(bytes);
    }
  }

  static UnreadableException tooLarge(long bytes) {
    return UnreadableException.tooLarge(
        "value: expected at most %d bytes, but it has %d".formatted(MAX_COMMAND_BYTES, bytes));
  }

  /**
   * The attributes for the audit; none where the JSON itself is broken and they could be anybody's.
   */
  private static Identity identity(
      ConsumerRecord<byte[], byte[]> record, boolean binary, UnreadableException why) {
    if (binary) {
      Map<String, String> attributes = new LinkedHashMap<>();
      for (Header header : record.headers()) {
        if (header.key().startsWith(HEADER_PREFIX) && header.value() != null) {
          attributes.putIfAbsent(
              header.key().substring(HEADER_PREFIX.length()),
              new String(header.value(), StandardCharsets.UTF_8));
        }
      }
      return Identity.of(attributes);
    }
    if (why.reason() == DeadLetterReason.MALFORMED) {
      return Identity.NONE;
    }
    int length = Math.min(record.value().length, MAX_LOOKED_AT_BYTES);
    return Identity.of(new String(record.value(), 0, length, StandardCharsets.UTF_8));
  }

  private static boolean isBinary(ConsumerRecord<byte[], byte[]> record) {
    return record.headers().lastHeader(HEADER_PREFIX + "specversion") != null
        && !isOfType(record, STRUCTURED);
  }

  /** Media types know no case (RFC 9110, section 8.3.1). */
  private static boolean isOfType(ConsumerRecord<byte[], byte[]> record, String prefix) {
    String contentType = header(record, "content-type");
    return contentType != null && contentType.regionMatches(true, 0, prefix, 0, prefix.length());
  }

  private static @Nullable String header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null || header.value() == null
        ? null
        : new String(header.value(), StandardCharsets.UTF_8);
  }
}
