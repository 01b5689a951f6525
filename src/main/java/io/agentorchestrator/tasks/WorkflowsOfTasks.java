package io.agentorchestrator.tasks;

import java.util.Optional;
import java.util.SequencedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The workflows that tasks belong to, as REST shows them. An interface because workflows know tasks
 * and not the other way round.
 */
@FunctionalInterface
public interface WorkflowsOfTasks {

  /** Finds a workflow. */
  Optional<SequencedMap<String, @Nullable Object>> find(UUID workflowId);
}
