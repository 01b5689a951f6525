package io.agentorchestrator.tasks;

import io.agentorchestrator.agents.AgentReads;
import io.agentorchestrator.rest.Page;
import io.agentorchestrator.rest.PageQuery;
import io.agentorchestrator.rest.Pages;
import io.agentorchestrator.rest.Snapshot;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Reads tasks, and what they are related to. */
@Component
@Snapshot
class TaskReads {

  static final String AGENT = "agent";
  static final String WORKFLOW = "workflow";
  static final String CHILDREN = "children";

  /** The most children that are embedded; all of them are in the list of the tasks. */
  private static final int MOST_CHILDREN = 200;

  private final TaskRepository repository;
  private final ShownTasks shownTasks;
  private final AgentReads agents;
  private final WorkflowsOfTasks workflows;
  private final Pages pages;

  TaskReads(
      TaskRepository repository,
      ShownTasks shownTasks,
      AgentReads agents,
      WorkflowsOfTasks workflows,
      Pages pages) {
    this.repository = repository;
    this.shownTasks = shownTasks;
    this.agents = agents;
    this.workflows = workflows;
    this.pages = pages;
  }

  /** Finds a task, with the relations named. */
  Optional<SequencedMap<String, @Nullable Object>> find(UUID id, Set<String> include) {
    return repository
        .findById(id)
        .map(
            task -> {
              SequencedMap<String, @Nullable Object> shown =
                  shownTasks.of(List.of(task)).getFirst();
              if (include.contains(AGENT)) {
                UUID agentId = task.assignedAgentId();
                shown.put(AGENT, agentId == null ? null : agents.find(agentId).orElse(null));
              }
              if (include.contains(WORKFLOW)) {
                UUID workflowId = task.workflowId();
                shown.put(
                    WORKFLOW, workflowId == null ? null : workflows.find(workflowId).orElse(null));
              }
              if (include.contains(CHILDREN)) {
                shown.put(CHILDREN, shownTasks.of(repository.childrenOf(id, MOST_CHILDREN)));
              }
              return shown;
            });
  }

  Page<SequencedMap<String, @Nullable Object>> list(PageQuery<Task> query) {
    return pages.read(repository, Task.class, Task::size, query).map(shownTasks::of);
  }
}
