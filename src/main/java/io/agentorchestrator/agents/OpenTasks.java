package io.agentorchestrator.agents;

import java.util.List;
import java.util.SequencedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The open tasks of agents, as REST shows them. An interface because tasks know agents and not the
 * other way round.
 */
@FunctionalInterface
public interface OpenTasks {

  /** The most of them that are shown. */
  int MOST = 200;

  /** Returns the tasks an agent holds now, newest first, at most {@link #MOST}. */
  List<SequencedMap<String, @Nullable Object>> of(UUID agentId);
}
