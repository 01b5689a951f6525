package io.agentorchestrator.tasks;

import io.agentorchestrator.cache.LastKnown;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.rest.Keyset;
import io.agentorchestrator.rest.Operation;
import io.agentorchestrator.rest.PageQuery;
import io.agentorchestrator.rest.Parameter;
import io.agentorchestrator.rest.Problem;
import io.agentorchestrator.rest.QueryParameters;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/v2/tasks}. */
@RestController
@RequestMapping(path = "/api/v2/tasks", produces = MediaType.APPLICATION_JSON_VALUE)
class TaskController {

  private static final Parameter<String> SORT =
      Parameter.word("sort", "created_at", "priority")
          .describedAs(
              "By priority, tasks of equal priority stand in the order of their creation, in the"
                  + " same direction.");
  private static final Parameter<String> ORDER = Parameter.word("order", "desc", "asc");

  private static final Operation LIST =
      Operation.of(
          "listTasks",
          "Lists tasks, newest first unless asked otherwise.",
          Operation.Answer.listing("tasks", "A page of tasks.", ShownTasks.Derived.class),
          TaskFilter.STATUS,
          TaskFilter.TYPE,
          TaskFilter.AGENT_ID,
          TaskFilter.WORKFLOW_ID,
          TaskFilter.PARENT_TASK_ID,
          TaskFilter.PRIORITY,
          TaskFilter.TAG,
          TaskFilter.CAPABILITY,
          TaskFilter.CREATED_AFTER,
          TaskFilter.CREATED_BEFORE,
          SORT,
          ORDER,
          PageQuery.LIMIT,
          PageQuery.CURSOR,
          PageQuery.COUNT);

  private static final Operation ONE =
      Operation.of(
          "getTask",
          "Reads a task.",
          Operation.Answer.of("The task.", ShownTasks.Derived.class),
          TaskReads.INCLUDE);

  private static final Keyset.Key<Task> CREATED_AT = Keyset.Key.time("createdAt", Task::createdAt);
  private static final Keyset.Key<Task> ID = Keyset.Key.id("id", Task::id);
  private static final Keyset<Task> NEWEST_FIRST = Keyset.descending(List.of(CREATED_AT, ID));
  private static final Keyset<Task> MOST_URGENT_FIRST =
      Keyset.descending(
          List.of(new Keyset.Key<>("priority", Task::priority, Short::valueOf), CREATED_AT, ID));

  private final TaskReads tasks;
  private final LastKnown lastKnown;

  TaskController(TaskReads tasks, LastKnown lastKnown) {
    this.tasks = tasks;
    this.lastKnown = lastKnown;
  }

  @GetMapping
  SequencedMap<String, @Nullable Object> listTasks(HttpServletRequest request) {
    QueryParameters parameters = QueryParameters.of(request, LIST);
    return tasks
        .list(PageQuery.of(parameters, order(parameters), TaskFilter.of(parameters)))
        .answering(LIST);
  }

  @GetMapping("/{id}")
  Object getTask(
      HttpServletRequest request, HttpServletResponse response, @PathVariable String id) {
    Set<String> include = QueryParameters.of(request, ONE).need(TaskReads.INCLUDE);
    UUID taskId = QueryParameters.pathId("id", id);
    return find(taskId, include, response).orElseThrow(() -> Problem.notFound("task", taskId));
  }

  private Optional<?> find(UUID id, Set<String> include, HttpServletResponse response) {
    return include.isEmpty()
        ? lastKnown.read(
            EntityType.TASK, id, ShownTasks.DERIVED, response, () -> tasks.find(id, include))
        : tasks.find(id, include);
  }

  private static Keyset<Task> order(QueryParameters parameters) {
    Keyset<Task> descending =
        parameters.need(SORT).equals("priority") ? MOST_URGENT_FIRST : NEWEST_FIRST;
    return parameters.need(ORDER).equals("asc") ? descending.reversed() : descending;
  }
}
