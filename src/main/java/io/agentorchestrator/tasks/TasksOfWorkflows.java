package io.agentorchestrator.tasks;

import io.agentorchestrator.rest.Snapshot;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What a read of workflows shows of their tasks. */
@Component
@Snapshot
public class TasksOfWorkflows {

  private final TaskRepository repository;
  private final ShownTasks shownTasks;

  TasksOfWorkflows(TaskRepository repository, ShownTasks shownTasks) {
    this.repository = repository;
    this.shownTasks = shownTasks;
  }

  /** Returns all tasks of a workflow as REST shows each, newest first. */
  public List<SequencedMap<String, @Nullable Object>> of(UUID workflowId) {
    return shownTasks.embedded(repository.tasksOf(workflowId), "workflow_id", workflowId);
  }

  /**
   * Counts the tasks of workflows, all in one statement.
   *
   * @return of each workflow given how many tasks are in each state, zeros included
   */
  public Map<UUID, SequencedMap<String, Long>> counts(Collection<UUID> workflowIds) {
    Map<UUID, SequencedMap<String, Long>> counts = new HashMap<>();
    workflowIds.forEach(id -> counts.put(id, zeros()));
    if (!counts.isEmpty()) {
      for (StatusCount each : repository.countByStatus(counts.keySet().toArray(UUID[]::new))) {
        Objects.requireNonNull(counts.get(each.getWorkflowId()))
            .put(each.getStatus(), each.getTasks());
      }
    }
    return counts;
  }

  private static SequencedMap<String, Long> zeros() {
    SequencedMap<String, Long> zeros = new LinkedHashMap<>();
    for (TaskStatus status : TaskStatus.values()) {
      zeros.put(status.value(), 0L);
    }
    return zeros;
  }

  /** How many tasks of a workflow are in a state. */
  interface StatusCount {

    UUID getWorkflowId();

    String getStatus();

    long getTasks();
  }
}
