package io.agentorchestrator.log;

import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.rest.Filter;
import io.agentorchestrator.rest.Keyset;
import io.agentorchestrator.rest.Operation;
import io.agentorchestrator.rest.PageQuery;
import io.agentorchestrator.rest.Parameter;
import io.agentorchestrator.rest.QueryParameters;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.SequencedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/v2/log}. */
@RestController
class LogController {

  /** How far back a read looks that names neither an entity, a command nor a time. */
  private static final Duration DEFAULT_WINDOW = Duration.ofHours(24);

  private static final Parameter<EventType> TYPE =
      Parameter.oneOf("type", EventType.values(), EventType::value)
          .repeated()
          .describedAs("Repeatable; the entries are of one of these types.");
  private static final Parameter<EntityType> ENTITY_TYPE =
      Parameter.oneOf("entity_type", EntityType.values(), EntityType::value);
  private static final Parameter<UUID> ENTITY_ID = Parameter.id("entity_id");
  private static final Parameter<String> OPERATION =
      Parameter.text("operation")
          .describedAs("A command's type without its version, such as task.assign.");
  private static final Parameter<EventStatus> STATUS =
      Parameter.oneOf("status", EventStatus.values(), EventStatus::value);
  private static final Parameter<String> ACTOR = Parameter.text("actor");
  private static final Parameter<String> COMMAND_ID = Parameter.text("command_id");
  private static final Parameter<Instant> FROM =
      Parameter.time("from").describedAs("Recorded then or later.");
  private static final Parameter<Instant> TO =
      Parameter.time("to").describedAs("Recorded earlier than this.");

  private static final Operation LIST =
      Operation.of(
              "listLogEntries",
              "Lists entries of the orchestration log, newest first.",
              Operation.Answer.listing("entries", "A page of entries.", LogReads.ShownEntry.class),
              TYPE,
              ENTITY_TYPE,
              ENTITY_ID,
              OPERATION,
              STATUS,
              ACTOR,
              COMMAND_ID,
              FROM,
              TO,
              PageQuery.LIMIT,
              PageQuery.CURSOR)
          .describedAs(
              "Without entity_id, command_id or from it looks at the last %d hours."
                  .formatted(DEFAULT_WINDOW.toHours()));

  private static final Keyset<LogEntry> NEWEST_FIRST =
      Keyset.descending(
          List.of(
              Keyset.Key.time("recordedAt", LogEntry::recordedAt),
              new Keyset.Key<>("position", LogEntry::position, Long::valueOf)));

  private final LogReads log;
  private final InstantSource clock;

  LogController(LogReads log, InstantSource clock) {
    this.log = log;
    this.clock = clock;
  }

  @GetMapping(path = "/api/v2/log", produces = MediaType.APPLICATION_JSON_VALUE)
  SequencedMap<String, @Nullable Object> listLogEntries(HttpServletRequest request) {
    QueryParameters parameters = QueryParameters.of(request, LIST);
    return log.list(PageQuery.of(parameters, NEWEST_FIRST, filter(parameters))).answering(LIST);
  }

  private Filter<LogEntry> filter(QueryParameters parameters) {
    UUID entityId = parameters.get(ENTITY_ID);
    String commandId = parameters.get(COMMAND_ID);
    Instant from = parameters.get(FROM);
    if (entityId == null && commandId == null && from == null) {
      from = clock.instant().minus(DEFAULT_WINDOW);
    }
    EntityType entityType = parameters.get(ENTITY_TYPE);
    EventStatus status = parameters.get(STATUS);
    return new Filter<LogEntry>()
        .anyOf("type", parameters.all(TYPE).stream().map(EventType::value).toList())
        .equal("entityType", entityType == null ? null : entityType.value())
        .equal("entityId", entityId)
        .equal("operation", parameters.get(OPERATION))
        .equal("status", status == null ? null : status.value())
        .equal("actor", parameters.get(ACTOR))
        .equal("commandId", commandId)
        .from("recordedAt", from)
        .before("recordedAt", parameters.get(TO));
  }
}
