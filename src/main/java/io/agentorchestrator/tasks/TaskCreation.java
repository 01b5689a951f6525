package io.agentorchestrator.tasks;

import io.agentorchestrator.messages.Command.CreateTask;
import io.agentorchestrator.messages.Rejection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Creates tasks, and joins them to the tasks they name. */
@Component
class TaskCreation {

  /** More dependencies than a workflow has tasks make no plan that anybody reads. */
  static final int MAX_DEPENDENCIES = 100;

  private final TaskCancellation cancellation;

  TaskCreation(TaskCancellation cancellation) {
    this.cancellation = cancellation;
  }

  Optional<Rejection> create(CreateTask command, UUID id, TaskChange change) {
    Optional<Rejection> refusal =
        refusal(command, id, change.tasks())
            .or(() -> refusalOfParent(command, id, change.tasks()))
            .or(() -> refusalOfDependencies(command, id, change.tasks()));
    if (refusal.isPresent()) {
      return refusal;
    }
    Task task = new Task(id, command, change.log().now());
    change.tasks().add(task);
    change.log().created(change.cause(), task, task.created());
    command.dependsOn().stream()
        .map(dependency -> change.tasks().find(dependency).orElseThrow())
        .filter(dependency -> dependency.status().isFinal())
        .filter(dependency -> dependency.status() != TaskStatus.COMPLETED)
        .findFirst()
        .ifPresent(dependency -> cancellation.cancelFollowers(dependency, change));
    return Optional.empty();
  }

  private static Optional<Rejection> refusal(CreateTask command, UUID id, LockedTasks tasks) {
    if (tasks.find(id).isPresent()) {
      return Optional.of(
          Rejection.alreadyExists(
              "Expected to create task %s, but it exists already.".formatted(id)));
    }
    if (command.workflowId() != null) {
      return Optional.of(
          Rejection.notFound(
              "Expected to create task %s in workflow %s, but there is no such workflow."
                  .formatted(id, command.workflowId())));
    }
    return Optional.empty();
  }

  private static Optional<Rejection> refusalOfParent(
      CreateTask command, UUID id, LockedTasks tasks) {
    UUID parentId = command.parentTaskId();
    if (parentId == null) {
      return Optional.empty();
    }
    Optional<Task> parent = tasks.find(parentId);
    if (parent.isEmpty()) {
      return Optional.of(
          Rejection.notFound(
              "Expected to create task %s under task %s, but there is no such task."
                  .formatted(id, parentId)));
    }
    TaskStatus status = parent.get().status();
    if (status == TaskStatus.CANCELED || status == TaskStatus.FAILED) {
      return Optional.of(
          Rejection.invalidState(
              "Expected to create task %s under task %s, but that is in state %s."
                  .formatted(id, parentId, status.value())));
    }
    return Optional.empty();
  }

  private static Optional<Rejection> refusalOfDependencies(
      CreateTask command, UUID id, LockedTasks tasks) {
    List<UUID> dependencies = command.dependsOn();
    if (dependencies.size() > MAX_DEPENDENCIES) {
      return Optional.of(
          Rejection.invalidArgument(
              "Expected to create task %s with at most %d dependencies, but depends_on names %d."
                  .formatted(id, MAX_DEPENDENCIES, dependencies.size())));
    }
    if (dependencies.contains(id)) {
      return Optional.of(
          Rejection.invalidArgument(
              "Expected to create task %s, but it depends on itself.".formatted(id)));
    }
    Set<UUID> seen = new HashSet<>();
    List<UUID> repeated = dependencies.stream().filter(each -> !seen.add(each)).toList();
    if (!repeated.isEmpty()) {
      return Optional.of(
          Rejection.invalidArgument(
              "Expected to create task %s, but depends_on names %s more than once."
                  .formatted(id, repeated)));
    }
    List<UUID> missing = dependencies.stream().filter(each -> tasks.find(each).isEmpty()).toList();
    if (!missing.isEmpty()) {
      return Optional.of(
          Rejection.notFound(
              "Expected to create task %s depending on %s, but there are no such tasks."
                  .formatted(id, missing)));
    }
    return Optional.empty();
  }
}
