package io.agentorchestrator.workflows;

import io.agentorchestrator.rest.AllowedParameters;
import io.agentorchestrator.rest.Filter;
import io.agentorchestrator.rest.Keyset;
import io.agentorchestrator.rest.PageQuery;
import io.agentorchestrator.rest.Problem;
import io.agentorchestrator.rest.QueryParameters;
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

  private static final AllowedParameters LIST =
      AllowedParameters.of("status", "user_id", "limit", "cursor", "count");
  private static final AllowedParameters ONE = AllowedParameters.of("include");

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
  SequencedMap<String, @Nullable Object> list(HttpServletRequest request) {
    QueryParameters parameters = QueryParameters.of(request, LIST);
    return workflows
        .list(PageQuery.of(parameters, NEWEST_FIRST, filter(parameters)))
        .named("workflows");
  }

  @GetMapping("/{id}")
  SequencedMap<String, @Nullable Object> one(HttpServletRequest request, @PathVariable String id) {
    Set<String> include = QueryParameters.of(request, ONE).include("tasks");
    UUID workflowId = QueryParameters.pathId("id", id);
    return workflows
        .find(workflowId, include.contains("tasks"))
        .orElseThrow(() -> Problem.notFound("workflow", workflowId));
  }

  private static Filter<Workflow> filter(QueryParameters parameters) {
    return new Filter<Workflow>()
        .equal(
            "status",
            parameters.oneOf("status", List.of(WorkflowStatus.values()), WorkflowStatus::value))
        .equal("userId", parameters.text("user_id"));
  }
}
