package io.agentorchestrator.v1;

import io.agentorchestrator.rest.AllowedParameters;
import io.agentorchestrator.rest.Problem;
import io.agentorchestrator.rest.QueryParameters;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.SequencedMap;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code /api/v1}: agents and tasks as the service before answered with them. Strict about
 * parameters like all reads here; it was not, and passed a mistyped filter over in silence.
 */
@RestController
@ConditionalOnBooleanProperty(name = "orchestrator.v1.enabled", matchIfMissing = true)
@RequestMapping(path = "/api/v1", produces = MediaType.APPLICATION_JSON_VALUE)
class V1Controller {

  private static final AllowedParameters LIST =
      AllowedParameters.of("status", "type", "limit", "offset");
  private static final AllowedParameters ONE = AllowedParameters.of();

  private final OldReads reads;

  V1Controller(OldReads reads) {
    this.reads = reads;
  }

  @GetMapping("/agents")
  SequencedMap<String, Object> agents(HttpServletRequest request) {
    QueryParameters parameters = QueryParameters.of(request, allowed(LIST));
    OldAgentStatus status =
        parameters.oneOf("status", List.of(OldAgentStatus.values()), OldAgentStatus::value);
    return reads.agents(OldQuery.of(parameters, status, "/api/v2/agents")).named("agents");
  }

  @GetMapping("/tasks")
  SequencedMap<String, Object> tasks(HttpServletRequest request) {
    QueryParameters parameters = QueryParameters.of(request, allowed(LIST));
    OldTaskStatus status =
        parameters.oneOf("status", List.of(OldTaskStatus.values()), OldTaskStatus::value);
    return reads.tasks(OldQuery.of(parameters, status, "/api/v2/tasks")).named("tasks");
  }

  @GetMapping("/tasks/{id}")
  ObjectNode task(HttpServletRequest request, @PathVariable String id) {
    QueryParameters.of(request, allowed(ONE));
    return reads.task(id).orElseThrow(() -> Problem.notFound("task", id));
  }

  /** Nobody can say of the old store how fresh it is. */
  private AllowedParameters allowed(AllowedParameters parameters) {
    return reads.knowPositions() ? parameters : parameters.withoutPosition();
  }
}
