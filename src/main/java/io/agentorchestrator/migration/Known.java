package io.agentorchestrator.migration;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What is here of what a record names: its state, by which much of the record is to be judged. */
interface Known {

  /** The state of an agent, or null where there is none. */
  @Nullable String agent(UUID id);

  /** The state of a workflow, or null where there is none. */
  @Nullable String workflow(UUID id);

  /** Whether a workflow may have one task more, or has this one already. */
  boolean hasRoom(UUID workflow, UUID task);

  /** The state of a task, or null where there is none. */
  @Nullable String task(UUID id);
}
