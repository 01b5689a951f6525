package io.agentorchestrator.tasks;

import io.agentorchestrator.rest.Pages;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.Collection;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Tasks as REST shows them: what the log tells of each, and what blocks it. */
@Component
@Transactional(propagation = Propagation.MANDATORY)
class ShownTasks {

  /** What is shown of a task besides what its log tells of. */
  @Schema(
      name = "Task",
      allOf = Task.class,
      description = "A task; blocked_by is derived and not in the log.")
  record Derived(
      @ArraySchema(arraySchema = @Schema(description = "The dependencies that are not completed."))
          List<UUID> blockedBy) {}

  /** Its name. */
  static final Set<String> DERIVED = Set.of("blocked_by");

  private final TaskRepository repository;
  private final Pages pages;

  ShownTasks(TaskRepository repository, Pages pages) {
    this.repository = repository;
    this.pages = pages;
  }

  /**
   * Those that are embedded in what they belong to.
   *
   * @param tasks closed here
   * @param filter the parameter that has the list of the tasks show the same
   * @param id its value
   * @throws org.springframework.web.ErrorResponseException if they are too large
   */
  List<SequencedMap<String, @Nullable Object>> embedded(
      Stream<Task> tasks, String filter, UUID id) {
    return of(pages.embedded(tasks, Task::size, "/api/v2/tasks?%s=%s".formatted(filter, id)));
  }

  List<SequencedMap<String, @Nullable Object>> of(Collection<Task> tasks) {
    UUID[] dependencies =
        tasks.stream().flatMap(task -> task.dependsOn().stream()).distinct().toArray(UUID[]::new);
    Set<UUID> notCompleted =
        dependencies.length == 0 ? Set.of() : repository.notCompleted(dependencies);
    return tasks.stream().map(task -> shown(task, notCompleted)).toList();
  }

  private static SequencedMap<String, @Nullable Object> shown(Task task, Set<UUID> notCompleted) {
    SequencedMap<String, @Nullable Object> shown = task.representation();
    Derived derived =
        new Derived(task.dependsOn().stream().filter(notCompleted::contains).toList());
    shown.put("blocked_by", derived.blockedBy());
    return shown;
  }
}
