package io.agentorchestrator.workflows;

import io.agentorchestrator.messages.Command.CreateTask;
import io.agentorchestrator.messages.Command.CreateWorkflow;
import io.agentorchestrator.messages.Command.WorkflowTask;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.tasks.Membership;
import io.agentorchestrator.tasks.TaskChange;
import io.agentorchestrator.tasks.TaskCreation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.springframework.stereotype.Component;

/** Creates a workflow with its tasks: all of it, or nothing. */
@Component
class WorkflowCreation {

  private final TaskCreation taskCreation;

  WorkflowCreation(TaskCreation taskCreation) {
    this.taskCreation = taskCreation;
  }

  Optional<Rejection> create(
      CreateWorkflow command, UUID id, TaskChange change, LockedWorkflows workflows) {
    if (workflows.find(id).isPresent()) {
      return Optional.of(
          Rejection.alreadyExists(
              "Expected to create workflow %s, but it exists already.".formatted(id)));
    }
    Optional<Rejection> refusal =
        refusalOfGraph(command, id).or(() -> refusalOfTasks(command, change));
    if (refusal.isPresent()) {
      return refusal;
    }
    Workflow workflow = new Workflow(id, command, change.log().now());
    workflows.add(workflow, new WorkflowProgress(id));
    change.log().created(change.cause(), workflow, workflow.created());
    Membership membership = new Membership(id, false);
    for (WorkflowTask each : parentsFirst(command.tasks())) {
      taskCreation.createWithWorkflow(each.task(), each.taskId(), membership, change);
    }
    return Optional.empty();
  }

  /** What the command says of itself. */
  private static Optional<Rejection> refusalOfGraph(CreateWorkflow command, UUID id) {
    List<UUID> ids = command.tasks().stream().map(WorkflowTask::taskId).toList();
    Set<UUID> repeated = repeated(ids);
    if (!repeated.isEmpty()) {
      return refused(id, "tasks names %s more than once".formatted(repeated));
    }
    Map<UUID, CreateTask> tasks = byId(command);
    for (WorkflowTask each : command.tasks()) {
      List<UUID> dependencies = each.task().dependsOn();
      Set<UUID> twice = repeated(dependencies);
      if (!twice.isEmpty()) {
        return refused(id, "task %s depends on %s more than once".formatted(each.taskId(), twice));
      }
      List<UUID> foreign = dependencies.stream().filter(one -> !tasks.containsKey(one)).toList();
      if (!foreign.isEmpty()) {
        return refused(
            id,
            "task %s depends on %s, which are not among its tasks"
                .formatted(each.taskId(), foreign));
      }
    }
    Set<UUID> circle = circle(tasks, CreateTask::dependsOn);
    if (!circle.isEmpty()) {
      return refused(id, "the tasks %s depend on each other in a circle".formatted(circle));
    }
    Set<UUID> family = circle(tasks, WorkflowCreation::parent);
    return family.isEmpty()
        ? Optional.empty()
        : refused(id, "the tasks %s are parts of each other in a circle".formatted(family));
  }

  /** What is there already. */
  private static Optional<Rejection> refusalOfTasks(CreateWorkflow command, TaskChange change) {
    Map<UUID, CreateTask> tasks = byId(command);
    return command.tasks().stream()
        .flatMap(
            each ->
                TaskCreation.refusalOfId(each.taskId(), change.tasks())
                    .or(
                        () ->
                            tasks.keySet().containsAll(parent(each.task()))
                                ? Optional.empty()
                                : TaskCreation.refusalOfParent(
                                    each.task(), each.taskId(), change.tasks()))
                    .stream())
        .findFirst();
  }

  /** The tasks in their order, but each behind the one it is a part of. */
  private static List<WorkflowTask> parentsFirst(List<WorkflowTask> tasks) {
    Map<UUID, WorkflowTask> left = new LinkedHashMap<>();
    tasks.forEach(each -> left.put(each.taskId(), each));
    List<WorkflowTask> sorted = new ArrayList<>(tasks.size());
    while (!left.isEmpty()) {
      for (WorkflowTask each : List.copyOf(left.values())) {
        if (parent(each.task()).stream().noneMatch(left::containsKey)) {
          sorted.add(each);
          left.remove(each.taskId());
        }
      }
    }
    return sorted;
  }

  /**
   * Returns the tasks that lie on a circle, or lead to one; none where everything can be put in an
   * order.
   */
  private static Set<UUID> circle(
      Map<UUID, CreateTask> tasks, Function<CreateTask, Collection<UUID>> before) {
    Map<UUID, CreateTask> left = new LinkedHashMap<>(tasks);
    boolean removed = true;
    while (removed) {
      removed =
          left.values().removeIf(task -> before.apply(task).stream().noneMatch(left::containsKey));
    }
    return left.keySet();
  }

  private static Collection<UUID> parent(CreateTask task) {
    UUID parent = task.parentTaskId();
    return parent == null ? List.of() : List.of(parent);
  }

  private static Map<UUID, CreateTask> byId(CreateWorkflow command) {
    Map<UUID, CreateTask> tasks = new LinkedHashMap<>();
    command.tasks().forEach(each -> tasks.put(each.taskId(), each.task()));
    return tasks;
  }

  private static Set<UUID> repeated(List<UUID> ids) {
    Set<UUID> seen = new LinkedHashSet<>();
    Set<UUID> repeated = new LinkedHashSet<>();
    for (UUID id : ids) {
      if (!seen.add(id)) {
        repeated.add(id);
      }
    }
    return repeated;
  }

  private static Optional<Rejection> refused(UUID id, String but) {
    return Optional.of(
        Rejection.invalidArgument("Expected to create workflow %s, but %s.".formatted(id, but)));
  }
}
