package io.agentorchestrator.commands;

import io.agentorchestrator.messages.Command.AgentSelection;
import io.agentorchestrator.messages.Command.BulkAction;
import io.agentorchestrator.messages.Command.BulkAgents;
import io.agentorchestrator.messages.Command.BulkMode;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads {@code agents.bulk}: what to do, and to whom. */
final class BulkData {

  private static final int MAX_AGENTS = 1000;

  private BulkData() {}

  static BulkAgents read(DataReader data) throws UnreadableException {
    String action =
        data.required(
            "operation",
            data.optionalOneOf(
                "operation", "activate", "deactivate", "reset_status", "deregister"));
    AgentSelection selection = selection(data.optionalObject("filter"));
    if (data.has("agent_ids") == (selection != null)) {
      throw UnreadableException.violation(
          data.path("agent_ids"), "expected either this field or filter, but it is not so");
    }
    List<UUID> ids = data.uuids("agent_ids", MAX_AGENTS);
    if (selection == null && ids.isEmpty()) {
      throw UnreadableException.violation(
          data.path("agent_ids"),
          "expected 1 to %d elements, but it has none".formatted(MAX_AGENTS));
    }
    return new BulkAgents(
        BulkAction.valueOf(action.toUpperCase(Locale.ROOT)),
        ids,
        selection,
        BulkMode.valueOf(data.oneOf("mode", "atomic", "best_effort").toUpperCase(Locale.ROOT)));
  }

  private static @Nullable AgentSelection selection(@Nullable DataReader filter)
      throws UnreadableException {
    if (filter == null) {
      return null;
    }
    AgentSelection selection =
        new AgentSelection(
            filter.optionalText("type", 1, CommandData.MAX_REFERENCE),
            filter.optionalOneOf("status", "active", "offline", "deregistered"),
            filter.optionalText("capability", 2, 100));
    filter.end();
    return selection;
  }
}
