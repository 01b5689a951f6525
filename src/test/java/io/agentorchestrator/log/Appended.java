package io.agentorchestrator.log;

import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventType;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a batch would write, for the tests of other packages to look at. */
public record Appended(
    EventType type,
    @Nullable EntityType entityType,
    @Nullable UUID entityId,
    @Nullable Long entityVersion,
    Cause cause,
    Decision.Occurred occurred,
    Map<String, ? extends @Nullable Object> changes) {

  /** Returns the entries of a batch, in order. */
  public static List<Appended> to(LogBatch batch) {
    return batch.entries().stream()
        .map(
            each ->
                new Appended(
                    each.occurred().type(),
                    each.entityType(),
                    each.entityId(),
                    each.entityVersion(),
                    each.cause(),
                    each.occurred(),
                    each.changes()))
        .toList();
  }

  /** Returns a cause, as a command of that id would be. */
  public static Cause causedBy(String id) {
    return new Cause("/tests", id, null, "task.assign.v1", "task.assign", "alice", null, null);
  }
}
