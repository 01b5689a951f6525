package io.agentorchestrator.v1;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.schemas.Schemas;
import io.agentorchestrator.topics.TopicProperties;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpMethod;
import org.springframework.http.ProblemDetail;
import org.springframework.http.server.PathContainer;
import tools.jackson.databind.JsonNode;

class CommandsInsteadTest {

  private static final String ID = "0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a";
  private static final String OTHER = "0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5b";
  private static final Schemas SCHEMAS = Schemas.load();

  private final CommandsInstead instead = new CommandsInstead(properties(true), topics());

  private static V1Properties properties(boolean enabled) {
    return new V1Properties(
        enabled,
        V1Properties.Source.POSTGRESQL,
        Instant.EPOCH,
        Instant.EPOCH.plusSeconds(1),
        URI.create("/docs"));
  }

  private static TopicProperties topics() {
    return new TopicProperties(
        "our.agents", "our.tasks", "our.workflows", "l", "a", "d", "r", true, 1, null);
  }

  private Optional<ProblemDetail> of(String method, String path) {
    return instead.of(HttpMethod.valueOf(method), PathContainer.parsePath(path));
  }

  private JsonNode example(String method, String path) {
    Map<String, Object> members =
        Objects.requireNonNull(of(method, path).orElseThrow().getProperties());
    return Schemas.parse(
        Schemas.JSON
            .writeValueAsString(Objects.requireNonNull(members.get("example")))
            .getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /api/v1/agents/register, agent.register.v1, our.agents",
    "POST, /api/v2/agents/register, agent.register.v1, our.agents",
    "PUT, /api/v2/agents/register, agent.register.v1, our.agents",
    "POST, /api/v2/agents, agent.register.v1, our.agents",
    "PATCH, /api/v2/agents/ID, agent.register.v1, our.agents",
    "DELETE, /api/v2/agents/ID, agent.deregister.v1, our.agents",
    "POST, /api/v2/agents/bulk/activate, agents.bulk.v1, our.agents",
    "POST, /api/v1/agents/bulk/deactivate, agents.bulk.v1, our.agents",
    "POST, /api/v2/agents/bulk/reset_status, agents.bulk.v1, our.agents",
    "POST, /api/v2/agents/bulk/deregister, agents.bulk.v1, our.agents",
    "POST, /api/v2/agents/bulk/restart, agents.bulk.v1, our.agents",
    "POST, /api/v1/tasks, task.create.v1, our.tasks",
    "POST, /api/v2/tasks, task.create.v1, our.tasks",
    "POST, /api/v1/tasks/ID/assign/OTHER, task.assign.v1, our.tasks",
    "POST, /api/v2/tasks/ID/assign/OTHER, task.assign.v1, our.tasks",
    "PUT, /api/v2/tasks/ID/assign/OTHER, task.assign.v1, our.tasks",
    "DELETE, /api/v1/tasks/ID, task.cancel.v1, our.tasks",
    "DELETE, /api/v2/tasks/ID, task.cancel.v1, our.tasks",
    "POST, /api/v2/workflows, workflow.create.v1, our.workflows",
    "DELETE, /api/v2/workflows/ID, workflow.cancel.v1, our.workflows"
  })
  void namesTheTopicTheTypeAndAValidCommand(
      String method, String pattern, String type, String topic) {
    String path = pattern.replace("ID", ID).replace("OTHER", OTHER);
    ProblemDetail problem = of(method, path).orElseThrow();

    assertThat(problem.getStatus()).isEqualTo(405);
    assertThat(problem.getDetail()).contains(type, topic);
    assertThat(problem.getProperties()).containsEntry("topic", topic);
    assertThat(problem.getProperties()).containsEntry("command_type", type);
    JsonNode example = example(method, path);
    assertThat(example.get("type").stringValue()).isEqualTo(type);
    assertThat(SCHEMAS.violations(type, example)).isEmpty();
    if (pattern.contains("ID")) {
      assertThat(example.get("subject").stringValue()).isEqualTo(ID);
    }
    if (pattern.contains("OTHER")) {
      assertThat(example.at("/data/agent_id").stringValue()).isEqualTo(OTHER);
    }
    assertThat(example("POST", "/api/v2/tasks").get("id"))
        .isNotEqualTo(example("POST", "/api/v2/tasks").get("id"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"activate", "deactivate", "reset_status", "deregister"})
  void takesTheOperationFromThePath(String operation) {
    assertThat(
            example("POST", "/api/v2/agents/bulk/" + operation).at("/data/operation").stringValue())
        .isEqualTo(operation);
  }

  /** What cannot be an id is replaced, so that the example is valid all the same. */
  @ParameterizedTest
  @ValueSource(strings = {"/api/v1/tasks/7/assign/x", "/api/v2/tasks/%0a/assign/a%22b"})
  void repeatsNothingOfAPathThatIsNoId(String path) {
    JsonNode example = example("POST", path);

    assertThat(SCHEMAS.violations("task.assign.v1", example)).isEmpty();
    assertThat(example.get("subject")).isNotEqualTo(example.at("/data/agent_id"));
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /api/v2/tasks",
    "HEAD, /api/v2/tasks",
    "OPTIONS, /api/v2/agents/register",
    "PROPFIND, /api/v2/tasks",
    "POST, /api/v3/tasks",
    "POST, /api/v2",
    "POST, /api/v2/log",
    "PATCH, /api/v2/tasks/ID",
    "PUT, /api/v2/workflows/ID",
    "POST, /api/v1/workflows",
    "POST, /api/v2/tasks/ID/assign",
    "POST, /tasks",
    "POST, /actuator/health"
  })
  void saysNothingOfWhatNobodyEverWroteTo(String method, String path) {
    assertThat(of(method, path.replace("ID", ID))).isEmpty();
  }

  @Test
  void saysNothingFromUnderAV1ThatIsOff() {
    CommandsInstead off = new CommandsInstead(properties(false), topics());

    assertThat(off.of(HttpMethod.POST, PathContainer.parsePath("/api/v1/tasks"))).isEmpty();
    assertThat(off.of(HttpMethod.POST, PathContainer.parsePath("/api/v2/tasks"))).isPresent();
  }
}
