package io.agentorchestrator.messages;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An event of the orchestration log on Kafka: a CloudEvent 1.0 in structured mode, as {@code
 * schemas/event-envelope.json} describes it.
 *
 * @param id the log entry's own UUIDv7
 * @param type see {@link EventType}
 * @param subject the entity's id, or null where a dead letter did not tell it
 * @param time when the transaction ran, to the microsecond; nothing is ordered by it
 * @param traceparent the trace context of the command, or null
 * @param agentid the agent of the task concerned, or null
 * @param data what happened
 */
@JsonPropertyOrder({"specversion", "id", "source", "type", "subject", "time", "datacontenttype"})
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LogEvent(
    UUID id,
    String type,
    @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable UUID subject,
    Instant time,
    @Nullable String traceparent,
    @Nullable UUID agentid,
    Data data) {

  /** The {@code source} of every event. */
  public static final String SOURCE = "/agent-orchestrator";

  /** Returns the CloudEvents version. */
  @JsonProperty
  public String specversion() {
    return "1.0";
  }

  /** Returns the producer of every event. */
  @JsonProperty
  public String source() {
    return SOURCE;
  }

  /** Returns the media type of {@link #data()}. */
  @JsonProperty
  public String datacontenttype() {
    return "application/json";
  }

  /**
   * What happened.
   *
   * @param position unique; rises within an entity; between entities no order of commits
   * @param operation the command's type without its version
   * @param entityType what it happened to; null where a dead letter did not tell
   * @param entityId its id; null likewise
   * @param entityVersion 1, 2, 3 … per entity without a gap; null where nothing changed
   * @param status how it ended
   * @param message a sentence for people
   * @param command the command that caused it
   * @param actor who asked
   * @param changes the fields that changed, each with its whole new value
   * @param details what else belongs to the event
   */
  public record Data(
      @Schema(description = "Unique; rises within an entity.", minimum = "1") long position,
      @Schema(minLength = 1, maxLength = 255) String operation,
      @Schema(implementation = EntityType.class) @Nullable String entityType,
      @Nullable UUID entityId,
      @Schema(description = "Null where nothing changed.", minimum = "1")
          @Nullable Long entityVersion,
      @Schema(implementation = EventStatus.class) String status,
      @Schema(minLength = 1) String message,
      CommandRef command,
      @Schema(minLength = 1, maxLength = 255) String actor,
      @Schema(description = "The fields that changed, each with its whole new value.")
          JsonObject changes,
      JsonObject details) {}

  /**
   * The command that caused an event.
   *
   * @param source its source
   * @param id its id
   * @param digest its content's digest, or null where it could not be read
   */
  public record CommandRef(
      @Schema(minLength = 1, maxLength = 255) String source,
      @Schema(minLength = 1, maxLength = 255) String id,
      @Schema(description = "Null where it could not be read or a timer or dispatch acted.")
          @Nullable String digest) {}
}
