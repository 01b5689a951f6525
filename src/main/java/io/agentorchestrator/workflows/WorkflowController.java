package io.agentorchestrator.workflows;

import io.agentorchestrator.rest.Filter;
import io.agentorchestrator.rest.Keyset;
import io.agentorchestrator.rest.Operation;
import io.agentorchestrator.rest.PageQuery;
import io.agentorchestrator.rest.Parameter;
import io.agentorchestrator.rest.Problem;
import io.agentorchestrator.rest.QueryParameters;
import io.agentorchestrator.rest.Values.Relation;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/v2/workflows}. */
@RestController
@RequestMapping(path = "/api/v2/workflows", produces = MediaType.APPLICATION_JSON_VALUE)
class WorkflowController {

  private static final Parameter<WorkflowStatus> STATUS =
      Parameter.oneOf("status", WorkflowStatus.values(), WorkflowStatus::value);
  private static final Parameter<String> USER_ID =
      Parameter.text("user_id").describedAs("Exactly this user's.");
  private static final Parameter<Set<String>> INCLUDE =
      Parameter.include(new Relation("tasks", "Task", 100))
          .describedAs(
              "What to embed under its name. tasks (takes tasks:read, too), all tasks of the"
                  + " workflow, newest first.");

  private static final Operation LIST =
      Operation.of(
          "listWorkflows",
          "Lists workflows, newest first.",
          Operation.Answer.listing(
              "workflows", "A page of workflows.", WorkflowReads.Derived.class),
          STATUS,
          USER_ID,
          PageQuery.LIMIT,
          PageQuery.CURSOR,
          PageQuery.COUNT);

  private static final Operation ONE =
      Operation.of(
          "getWorkflow",
          "Reads a workflow.",
          Operation.Answer.of("The workflow.", WorkflowReads.Derived.class),
          INCLUDE);

  private static final Keyset<Workflow> NEWEST_FIRST =
      Keyset.descending(
          List.of(
              Keyset.Key.time("createdAt", Workflow::createdAt),
              Keyset.Key.id("id", Workflow::id)));

  private final WorkflowReads workflows;

  WorkflowController(WorkflowReads workflows) {
    this.workflows = workflows;
  }

  @GetMapping
  SequencedMap<String, @Nullable Object> listWorkflows(HttpServletRequest request) {
    QueryParameters parameters = QueryParameters.of(request, LIST);
    return workflows
        .list(PageQuery.of(parameters, NEWEST_FIRST, filter(parameters)))
        .answering(LIST);
  }

  @GetMapping("/{id}")
  SequencedMap<String, @Nullable Object> getWorkflow(
      HttpServletRequest request, @PathVariable String id) {
    Set<String> include = QueryParameters.of(request, ONE).need(INCLUDE);
    UUID workflowId = QueryParameters.pathId("id", id);
    return workflows
        .find(workflowId, include.contains("tasks"))
        .orElseThrow(() -> Problem.notFound("workflow", workflowId));
  }

  private static Filter<Workflow> filter(QueryParameters parameters) {
    return new Filter<Workflow>()
        .indexed("status")
        .indexed("userId")
        .equal("status", parameters.get(STATUS))
        .equal("userId", parameters.get(USER_ID));
  }
}
