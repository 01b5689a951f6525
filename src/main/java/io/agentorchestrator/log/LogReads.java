package io.agentorchestrator.log;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.LogEvent;
import io.agentorchestrator.rest.Page;
import io.agentorchestrator.rest.PageQuery;
import io.agentorchestrator.rest.Pages;
import io.agentorchestrator.rest.Snapshot;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Reads the orchestration log. */
@Component
@Snapshot
public class LogReads {

  /**
   * An entry as REST shows it.
   *
   * @param id its own
   * @param type see {@link EventType}
   * @param time when the transaction ran
   * @param data what happened; its fields stand beside those above
   */
  @Schema(name = "LogEntry")
  record ShownEntry(
      UUID id,
      @Schema(implementation = EventType.class) String type,
      Instant time,
      @JsonUnwrapped LogEvent.Data data) {

    static ShownEntry of(LogEvent event) {
      return new ShownEntry(event.id(), event.type(), event.time(), event.data());
    }
  }

  private final OrchestrationLogRepository repository;
  private final Pages pages;

  LogReads(OrchestrationLogRepository repository, Pages pages) {
    this.repository = repository;
    this.pages = pages;
  }

  Page<ShownEntry> list(PageQuery<LogEntry> query) {
    return pages
        .read(repository, LogEntry.class, LogEntry::size, query)
        .map(entries -> entries.stream().map(LogEntry::toEvent).map(ShownEntry::of).toList());
  }
}
