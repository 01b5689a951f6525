package io.agentorchestrator.tasks;

import io.agentorchestrator.messages.Command.CreateTask;
import io.agentorchestrator.messages.Rejection;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Creates tasks, and joins them to the tasks they name. */
@Component
public class TaskCreation {

  /** More dependencies than a workflow has tasks make no plan that anybody reads. */
  public static final int MAX_DEPENDENCIES = 100;

  private final TaskCancellation cancellation;
  private final QueueOrder queueOrder;

  TaskCreation(TaskCancellation cancellation, QueueOrder queueOrder) {
    this.cancellation = cancellation;
    this.queueOrder = queueOrder;
  }

  /**
   * Creates a task, or says why not.
   *
   * @param membership the workflow it becomes a part of, which has agreed; null for none
   */
  public Optional<Rejection> create(
      CreateTask command, UUID id, @Nullable Membership membership, TaskChange change) {
    Optional<Rejection> refusal =
        refusalOfId(id, change.tasks())
            .or(() -> refusalOfParent(command, id, change.tasks()))
            .or(() -> refusalOfDependencies(command, id, change.tasks()));
    if (refusal.isPresent()) {
      return refusal;
    }
    List<Task> dependencies =
        command.dependsOn().stream()
            .map(dependency -> change.tasks().find(dependency).orElseThrow())
            .toList();
    int open =
        Math.toIntExact(
            dependencies.stream().filter(each -> each.status() != TaskStatus.COMPLETED).count());
    add(command, id, membership, open, change);
    dependencies.stream()
        .filter(each -> each.status().isFinal() && each.status() != TaskStatus.COMPLETED)
        .findFirst()
        .ifPresent(each -> cancellation.cancelFollowers(each, change));
    return Optional.empty();
  }

  /**
   * Creates a task of a new workflow, whose dependencies come into being with it. Whether that may
   * be, the caller knows.
   */
  public void createWithWorkflow(
      CreateTask command, UUID id, Membership membership, TaskChange change) {
    add(command, id, membership, command.dependsOn().size(), change);
  }

  private void add(
      CreateTask command,
      UUID id,
      @Nullable Membership membership,
      int openDependencies,
      TaskChange change) {
    Instant now = change.now();
    Task task =
        new Task(
            id,
            command,
            membership == null ? null : membership.workflowId(),
            new QueuePlace(
                command.requiredCapabilities(),
                queueOrder.rank(now, command.priority()),
                openDependencies,
                membership != null && membership.paused()),
            now);
    change.tasks().add(task);
    change.log().created(change.cause(), task, task.created());
  }

  /** Says why a task of this id cannot come into being; nothing where it can. */
  public static Optional<Rejection> refusalOfId(UUID id, LockedTasks tasks) {
    return tasks
        .find(id)
        .map(
            known ->
                Rejection.alreadyExists(
                    "Expected to create task %s, but it exists already.".formatted(id)));
  }

  /** Says why a task cannot be a part of the one it names; nothing where it can or names none. */
  public static Optional<Rejection> refusalOfParent(
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
