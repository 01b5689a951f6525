package io.agentorchestrator.log;

import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.rest.AllowedParameters;
import io.agentorchestrator.rest.Filter;
import io.agentorchestrator.rest.Keyset;
import io.agentorchestrator.rest.PageQuery;
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

  private static final AllowedParameters LIST =
      AllowedParameters.of(
              "type",
              "entity_type",
              "entity_id",
              "operation",
              "status",
              "actor",
              "command_id",
              "from",
              "to",
              "limit",
              "cursor")
          .repeatable("type");

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
  SequencedMap<String, @Nullable Object> list(HttpServletRequest request) {
    QueryParameters parameters = QueryParameters.of(request, LIST);
    return log.list(PageQuery.of(parameters, NEWEST_FIRST, filter(parameters))).named("entries");
  }

  private Filter<LogEntry> filter(QueryParameters parameters) {
    UUID entityId = parameters.id("entity_id");
    String commandId = parameters.text("command_id");
    Instant from = parameters.time("from");
    if (entityId == null && commandId == null && from == null) {
      from = clock.instant().minus(DEFAULT_WINDOW);
    }
    EntityType entityType =
        parameters.oneOf("entity_type", List.of(EntityType.values()), EntityType::value);
    EventStatus status =
        parameters.oneOf("status", List.of(EventStatus.values()), EventStatus::value);
    return new Filter<LogEntry>()
        .anyOf(
            "type",
            parameters.someOf("type", List.of(EventType.values()), EventType::value).stream()
                .map(EventType::value)
                .toList())
        .equal("entityType", entityType == null ? null : entityType.value())
        .equal("entityId", entityId)
        .equal("operation", parameters.text("operation"))
        .equal("status", status == null ? null : status.value())
        .equal("actor", parameters.text("actor"))
        .equal("commandId", commandId)
        .from("recordedAt", from)
        .before("recordedAt", parameters.time("to"));
  }
}
