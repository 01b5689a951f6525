package io.agentorchestrator.tasks;

import io.agentorchestrator.agents.OpenTasks;
import io.agentorchestrator.rest.Snapshot;
import java.util.List;
import java.util.SequencedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What a read of an agent embeds of the tasks. */
@Component
@Snapshot
class OpenTasksOfAgents implements OpenTasks {

  private final TaskRepository repository;
  private final ShownTasks shownTasks;

  OpenTasksOfAgents(TaskRepository repository, ShownTasks shownTasks) {
    this.repository = repository;
    this.shownTasks = shownTasks;
  }

  @Override
  public List<SequencedMap<String, @Nullable Object>> of(UUID agentId) {
    return shownTasks.embedded(repository.openOf(agentId, MOST), "agent_id", agentId);
  }
}
