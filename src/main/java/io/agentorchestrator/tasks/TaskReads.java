package io.agentorchestrator.tasks;

import io.agentorchestrator.agents.AgentReads;
import io.agentorchestrator.rest.Page;
import io.agentorchestrator.rest.PageQuery;
import io.agentorchestrator.rest.Pages;
import io.agentorchestrator.rest.Parameter;
import io.agentorchestrator.rest.Snapshot;
import io.agentorchestrator.rest.Values.Relation;
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

  private static final String AGENT = "agent";
  private static final String WORKFLOW = "workflow";
  private static final String CHILDREN = "children";

  /** The most children that are embedded; all of them are in the list of the tasks. */
  private static final int MOST_CHILDREN = 200;

  static final Parameter<Set<String>> INCLUDE =
      Parameter.include(
              new Relation(AGENT, "Agent", 1),
              new Relation(WORKFLOW, "Workflow", 1),
              new Relation(CHILDREN, "Task", MOST_CHILDREN))
          .describedAs(
              "What to embed under its name, separated by commas. agent (takes agents:read, too),"
                  + " the agent that holds the task or held it at its end, else null; workflow"
                  + " (takes workflows:read, too), its workflow, else null; children, the tasks"
                  + " that are a part of it, newest first, at most 200.");

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
                shown.put(
                    CHILDREN,
                    shownTasks.embedded(
                        repository.childrenOf(id, MOST_CHILDREN), "parent_task_id", id));
              }
              return shown;
            });
  }

  Page<SequencedMap<String, @Nullable Object>> list(PageQuery<Task> query) {
    return pages.read(repository, Task.class, Task::size, query).map(shownTasks::of);
  }
}
