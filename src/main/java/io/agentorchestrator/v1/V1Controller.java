package io.agentorchestrator.v1;

import io.agentorchestrator.rest.Operation;
import io.agentorchestrator.rest.Parameter;
import io.agentorchestrator.rest.Problem;
import io.agentorchestrator.rest.QueryParameters;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.servlet.http.HttpServletRequest;
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

  /** What is shown is made as the service before made it, and described as it did. */
  @Schema(ref = "#/components/schemas/AgentPageV1")
  private interface AgentPage {}

  @Schema(ref = "#/components/schemas/TaskPageV1")
  private interface TaskPage {}

  @Schema(ref = "#/components/schemas/TaskV1")
  private interface OldTask {}

  private static final String V2_AGENTS = "/api/v2/agents";
  private static final String V2_TASKS = "/api/v2/tasks";

  private static final Parameter<Long> AGENTS_OFFSET = OldQuery.offset(V2_AGENTS);
  private static final Parameter<Long> TASKS_OFFSET = OldQuery.offset(V2_TASKS);
  private static final Parameter<OldAgentStatus> AGENT_STATUS =
      Parameter.oneOf("status", OldAgentStatus.values(), OldAgentStatus::value)
          .describedAs("idle holds no task, busy holds one at least.");
  private static final Parameter<OldTaskStatus> TASK_STATUS =
      Parameter.oneOf("status", OldTaskStatus.values(), OldTaskStatus::value)
          .describedAs("running is whatever an agent holds.");

  private static final Operation AGENTS =
      Operation.of(
              "listAgentsV1",
              "Lists agents as the service before did, newest first.",
              Operation.Answer.of("A page of agents.", AgentPage.class),
              AGENT_STATUS,
              OldQuery.TYPE,
              OldQuery.LIMIT,
              AGENTS_OFFSET)
          .describedAs(
              "Agents that are deregistered are not there. With orchestrator.v1.source=redis it is"
                  + " read from the old store, in the order in which that keeps its records, and"
                  + " takes no min_position.")
          .replacedBy(V2_AGENTS);

  private static final Operation TASKS =
      Operation.of(
              "listTasksV1",
              "Lists tasks as the service before did, newest first.",
              Operation.Answer.of("A page of tasks.", TaskPage.class),
              TASK_STATUS,
              OldQuery.TYPE,
              OldQuery.LIMIT,
              TASKS_OFFSET)
          .describedAs(
              "With orchestrator.v1.source=redis it is read from the old store, in the order in"
                  + " which that keeps its records, and takes no min_position.")
          .replacedBy(V2_TASKS);

  private static final Operation TASK =
      Operation.of(
              "getTaskV1",
              "Reads a task as the service before did.",
              Operation.Answer.of("The task.", OldTask.class))
          .describedAs("With orchestrator.v1.source=redis, id is whatever the old store has.")
          .replacedBy(V2_TASKS + "/{id}");

  private final OldReads reads;

  V1Controller(OldReads reads) {
    this.reads = reads;
  }

  @GetMapping("/agents")
  SequencedMap<String, Object> listAgentsV1(HttpServletRequest request) {
    QueryParameters parameters = QueryParameters.of(request, served(AGENTS));
    return reads
        .agents(OldQuery.of(parameters, parameters.get(AGENT_STATUS), AGENTS_OFFSET))
        .named("agents");
  }

  @GetMapping("/tasks")
  SequencedMap<String, Object> listTasksV1(HttpServletRequest request) {
    QueryParameters parameters = QueryParameters.of(request, served(TASKS));
    return reads
        .tasks(OldQuery.of(parameters, parameters.get(TASK_STATUS), TASKS_OFFSET))
        .named("tasks");
  }

  @GetMapping("/tasks/{id}")
  ObjectNode getTaskV1(HttpServletRequest request, @PathVariable String id) {
    QueryParameters.of(request, served(TASK));
    return reads.task(id).orElseThrow(() -> Problem.notFound("task", id));
  }

  /** Nobody can say of the old store how fresh it is. */
  private Operation served(Operation operation) {
    return reads.knowPositions() ? operation : operation.withoutPosition();
  }
}
