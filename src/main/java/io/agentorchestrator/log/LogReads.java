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
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
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

  /**
   * Finds what the log says of a command, in the order of the positions.
   *
   * @param id the command's id
   * @param source its source, or null for commands of this id from anywhere
   */
  public List<CommandTrace> ofCommand(String id, @Nullable String source) {
    List<CommandTrace> newestFirst =
        source == null ? repository.ofCommand(id) : repository.ofCommand(id, source);
    return newestFirst.reversed();
  }
}
