package io.agentorchestrator.migration;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a record of the old store is here.
 *
 * @param fields the entity's fields as its first event tells them, in their order
 * @param invented those of them of which the record says nothing, so that they tell of the import
 * @param agent the agent that has the task, or had it in the end; null without one
 * @param lastSeen when the old service heard of the agent last; null where it does not say
 * @param notes what is not as it was
 */
record Mapped(
    OldKind kind,
    UUID id,
    ObjectNode fields,
    Set<String> invented,
    @Nullable UUID agent,
    @Nullable Instant lastSeen,
    List<Note> notes) {

  /** The entity's state. */
  String status() {
    return fields.get("status").stringValue();
  }
}
