package io.agentorchestrator.cli;

import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.JsonNode;

/** Options that pick events out. What is not given does not restrict; all that is has to hold. */
final class EventFilter {

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      converter = Type.class,
      completionCandidates = Types.class,
      description =
          "Only of these types, such as task.assigned, with or without version. May be repeated.")
  private @Nullable Set<EventType> types;

  @Option(
      names = "--entity-type",
      paramLabel = "TYPE",
      description = "Only about one of these: ${COMPLETION-CANDIDATES}.")
  private @Nullable EntityType entityType;

  @Option(names = "--entity-id", paramLabel = "ID", description = "Only about this one.")
  private @Nullable UUID entityId;

  @Option(
      names = "--agent-id",
      paramLabel = "ID",
      description = "Only about this agent, or about a task that it has or just lost.")
  private @Nullable UUID agentId;

  @Option(
      names = "--status",
      paramLabel = "STATUS",
      description = "Only what ended so: ${COMPLETION-CANDIDATES}.")
  private @Nullable EventStatus status;

  @Option(names = "--actor", paramLabel = "NAME", description = "Only what this one asked for.")
  private @Nullable String actor;

  @Option(
      names = "--command-id",
      paramLabel = "ID",
      description = "Only what commands of this id caused.")
  private @Nullable String commandId;

  /**
   * Whether a record may be wanted, as far as it tells without being parsed: for who looks for a
   * few among many.
   */
  boolean mayMatch(ConsumerRecord<byte[], byte[]> record) {
    String type = header(record, "ce_type");
    return (types == null
            || type == null
            || types.stream().anyMatch(each -> each.value().equals(type)))
        && (entityId == null || entityId.toString().equals(text(record.key())));
  }

  /** Whether an event is wanted. */
  boolean matches(JsonNode event) {
    JsonNode data = event.path("data");
    return (types == null || types.stream().anyMatch(each -> is(each.value(), event.path("type"))))
        && (entityType == null || is(entityType.value(), data.path("entity_type")))
        && (entityId == null || is(entityId.toString(), data.path("entity_id")))
        && (agentId == null
            || is(agentId.toString(), event.path("agentid"))
            || (is(EntityType.AGENT.value(), data.path("entity_type"))
                && is(agentId.toString(), data.path("entity_id"))))
        && (status == null || is(status.value(), data.path("status")))
        && (actor == null || is(actor, data.path("actor")))
        && (commandId == null || is(commandId, data.path("command").path("id")));
  }

  private static boolean is(String wanted, JsonNode value) {
    return value.isString() && wanted.equals(value.stringValue());
  }

  private static @Nullable String header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : text(header.value());
  }

  private static @Nullable String text(byte @Nullable [] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  /** What completes a type. */
  static final class Types implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(EventType.values()).map(Types::withoutVersion).iterator();
    }

    private static String withoutVersion(EventType type) {
      return type.value().substring(0, type.value().lastIndexOf('.'));
    }
  }

  /** Understands a type, with or without its version. */
  static final class Type implements ITypeConverter<EventType> {
    @Override
    public EventType convert(String text) {
      return Arrays.stream(EventType.values())
          .filter(
              each -> each.value().equals(text) || Objects.equals(Types.withoutVersion(each), text))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "expected an event's type, such as task.assigned, but it is '%s'"
                          .formatted(text)));
    }
  }
}
