package io.agentorchestrator.log;

import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.messages.LogEvent;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code orchestration_log}, from wherever it was read: the event it is.
 *
 * <p>Types are taken as they are: while a new release is rolled out, an older relay publishes what
 * a newer worker appended.
 */
final class LogRow {

  private static final Set<String> FOR_MAILBOX =
      Arrays.stream(EventType.values())
          .filter(EventType::isForMailbox)
          .map(EventType::value)
          .collect(Collectors.toUnmodifiableSet());

  private final LogEvent event;

  private LogRow(LogEvent event) {
    this.event = event;
  }

  static LogRow of(LogEvent event) {
    return new LogRow(event);
  }

  static LogRow of(Struct row) {
    return new LogRow(
        new LogEvent(
            UUID.fromString(text(row, "id")),
            text(row, "type"),
            uuid(row, "entity_id"),
            Instant.parse(text(row, "recorded_at")),
            row.getString("traceparent"),
            uuid(row, "agent_id"),
            new LogEvent.Data(
                row.getInt64("position"),
                text(row, "operation"),
                row.getString("entity_type"),
                uuid(row, "entity_id"),
                row.getInt64("entity_version"),
                text(row, "status"),
                text(row, "message"),
                new LogEvent.CommandRef(
                    text(row, "command_source"),
                    text(row, "command_id"),
                    row.getString("command_digest")),
                text(row, "actor"),
                new JsonObject(text(row, "changes")),
                new JsonObject(text(row, "details")))));
  }

  /** The columns that {@link #of(ResultSet)} reads. */
  static final String COLUMNS =
      """
      id, type, entity_id, recorded_at, traceparent, agent_id, position, operation, entity_type,
      entity_version, status, message, command_source, command_id, command_digest, actor, changes,
      details""";

  /** A row as JDBC reads it: the same event, byte for byte, as that of Debezium's. */
  static LogRow of(ResultSet row) throws SQLException {
    UUID entityId = row.getObject("entity_id", UUID.class);
    return new LogRow(
        new LogEvent(
            row.getObject("id", UUID.class),
            row.getString("type"),
            entityId,
            row.getObject("recorded_at", OffsetDateTime.class).toInstant(),
            row.getString("traceparent"),
            row.getObject("agent_id", UUID.class),
            new LogEvent.Data(
                row.getLong("position"),
                row.getString("operation"),
                row.getString("entity_type"),
                entityId,
                row.getObject("entity_version", Long.class),
                row.getString("status"),
                row.getString("message"),
                new LogEvent.CommandRef(
                    row.getString("command_source"),
                    row.getString("command_id"),
                    row.getString("command_digest")),
                row.getString("actor"),
                new JsonObject(row.getString("changes")),
                new JsonObject(row.getString("details")))));
  }

  LogEvent event() {
    return event;
  }

  RelayCheckpoint.Entry entry() {
    return new RelayCheckpoint.Entry(event.id(), event.data().position(), event.time());
  }

  /** The agent whose mailbox gets a copy, or null. */
  @Nullable UUID mailbox() {
    return FOR_MAILBOX.contains(event.type()) ? event.agentid() : null;
  }

  private static @Nullable UUID uuid(Struct row, String column) {
    String value = row.getString(column);
    return value == null ? null : UUID.fromString(value);
  }

  private static String text(Struct row, String column) {
    return Objects.requireNonNull(row.getString(column), column);
  }
}
