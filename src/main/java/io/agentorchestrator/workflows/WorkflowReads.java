package io.agentorchestrator.workflows;

import io.agentorchestrator.rest.Page;
import io.agentorchestrator.rest.PageQuery;
import io.agentorchestrator.rest.Pages;
import io.agentorchestrator.rest.Snapshot;
import io.agentorchestrator.tasks.TaskStatus;
import io.agentorchestrator.tasks.TasksOfWorkflows;
import io.agentorchestrator.tasks.WorkflowsOfTasks;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Reads workflows as REST shows them: what the log tells of each, and how far its tasks are. */
@Component
@Snapshot
class WorkflowReads implements WorkflowsOfTasks {

  /** What is shown of a workflow besides what its log tells of. */
  @Schema(
      name = "Workflow",
      allOf = Workflow.class,
      description = "A workflow; task_counts is derived and not in the log.")
  record Derived(
      @Schema(
              description = "How many of its tasks are in each state.",
              implementation = TaskStatus.class,
              minimum = "0",
              maximum = "100")
          Map<String, Long> taskCounts) {}

  private final WorkflowRepository repository;
  private final TasksOfWorkflows tasks;
  private final Pages pages;

  WorkflowReads(WorkflowRepository repository, TasksOfWorkflows tasks, Pages pages) {
    this.repository = repository;
    this.tasks = tasks;
    this.pages = pages;
  }

  @Override
  public Optional<SequencedMap<String, @Nullable Object>> find(UUID id) {
    return repository.findById(id).map(workflow -> shown(List.of(workflow)).getFirst());
  }

  /** Finds a workflow, with its tasks if asked for. */
  Optional<SequencedMap<String, @Nullable Object>> find(UUID id, boolean withTasks) {
    Optional<SequencedMap<String, @Nullable Object>> found = find(id);
    if (withTasks) {
      found.ifPresent(workflow -> workflow.put("tasks", tasks.of(id)));
    }
    return found;
  }

  Page<SequencedMap<String, @Nullable Object>> list(PageQuery<Workflow> query) {
    return pages.read(repository, Workflow.class, Workflow::size, query).map(this::shown);
  }

  private List<SequencedMap<String, @Nullable Object>> shown(Collection<Workflow> workflows) {
    Map<UUID, SequencedMap<String, Long>> counts =
        tasks.counts(workflows.stream().map(Workflow::id).toList());
    return workflows.stream()
        .map(
            workflow -> {
              SequencedMap<String, @Nullable Object> shown = workflow.representation();
              Derived derived = new Derived(Objects.requireNonNull(counts.get(workflow.id())));
              shown.put("task_counts", derived.taskCounts());
              return shown;
            })
        .toList();
  }
}
