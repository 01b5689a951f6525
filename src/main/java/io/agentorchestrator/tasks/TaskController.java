package io.agentorchestrator.tasks;

import io.agentorchestrator.cache.LastKnown;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.rest.AllowedParameters;
import io.agentorchestrator.rest.Keyset;
import io.agentorchestrator.rest.PageQuery;
import io.agentorchestrator.rest.Problem;
import io.agentorchestrator.rest.QueryParameters;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
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

  private static final AllowedParameters LIST =
      AllowedParameters.of(
              "status",
              "type",
              "agent_id",
              "workflow_id",
              "parent_task_id",
              "priority",
              "tag",
              "capability",
              "created_after",
              "created_before",
              "sort",
              "order",
              "limit",
              "cursor",
              "count")
          .repeatable("status");
  private static final AllowedParameters ONE = AllowedParameters.of("include");

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
  SequencedMap<String, @Nullable Object> list(HttpServletRequest request) {
    QueryParameters parameters = QueryParameters.of(request, LIST);
    return tasks
        .list(PageQuery.of(parameters, order(parameters), TaskFilter.of(parameters)))
        .named("tasks");
  }

  @GetMapping("/{id}")
  Object one(HttpServletRequest request, HttpServletResponse response, @PathVariable String id) {
    Set<String> include =
        QueryParameters.of(request, ONE)
            .include(TaskReads.AGENT, TaskReads.WORKFLOW, TaskReads.CHILDREN);
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
    String sort = oneOf(parameters, "sort", "created_at", "priority");
    Keyset<Task> descending = "priority".equals(sort) ? MOST_URGENT_FIRST : NEWEST_FIRST;
    return "asc".equals(oneOf(parameters, "order", "asc", "desc"))
        ? descending.reversed()
        : descending;
  }

  private static @Nullable String oneOf(
      QueryParameters parameters, String name, String... allowed) {
    return parameters.oneOf(name, List.of(allowed), Function.identity());
  }
}
