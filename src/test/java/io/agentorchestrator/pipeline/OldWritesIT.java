package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.rest.Reading;
import io.agentorchestrator.rest.Reading.Answer;
import io.agentorchestrator.schemas.Schemas;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Whoever writes over REST is told what to send instead; and that, sent, is accepted. */
class OldWritesIT {

  /**
   * Apart: the examples' tasks would go to the agents of other tests, and theirs to the examples'.
   */
  private static Pipeline pipeline;

  private final Schemas schemas = Schemas.load();

  @BeforeAll
  static void start() {
    pipeline = Pipeline.start(1, "--orchestrator.dispatch.enabled=false");
  }

  @AfterAll
  static void stop() {
    pipeline.close();
  }

  private Answer write(String method, String path) {
    return Reading.send(
        HttpRequest.newBuilder(pipeline.worker().rest().resolve(path))
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString("{\"name\":\"x\"}")));
  }

  @Test
  void everyExampleIsAcceptedAsItStands() {
    UUID agent = UUID.randomUUID();
    UUID leaving = UUID.randomUUID();
    UUID task = UUID.randomUUID();
    UUID canceled = UUID.randomUUID();
    pipeline.sendAll(
        List.of(
            Commands.registerAgent(agent, 3),
            Commands.registerAgent(leaving, 1),
            Commands.createTask(canceled)));
    pipeline.ask(Commands.createTask(task));
    UUID workflow = UUID.randomUUID();
    pipeline.ask(
        Commands.createWorkflow(
            workflow, Map.of(), List.of(Commands.workflowTask(UUID.randomUUID(), "java"))));
    pipeline.eventsAbout(agent, 1);
    pipeline.eventsAbout(leaving, 1);
    pipeline.eventsAbout(canceled, 1);
    List<JsonNode> examples = new ArrayList<>();

    for (String write :
        List.of(
            "POST /api/v1/agents/register",
            "POST /api/v2/agents/register",
            "PUT /api/v2/agents/" + UUID.randomUUID(),
            "DELETE /api/v2/agents/" + leaving,
            "POST /api/v1/tasks",
            "POST /api/v2/tasks",
            "POST /api/v2/tasks/%s/assign/%s".formatted(task, agent),
            "DELETE /api/v2/tasks/" + canceled,
            "POST /api/v2/agents/bulk/activate",
            "POST /api/v2/agents/bulk/deactivate",
            "POST /api/v1/agents/bulk/reset_status",
            "POST /api/v2/agents/bulk/deregister",
            "POST /api/v2/workflows",
            "DELETE /api/v2/workflows/" + workflow)) {
      JsonNode problem = problem(write);
      JsonNode example = problem.get("example");
      String type = problem.get("command_type").stringValue();
      assertThat(example.get("type").stringValue()).isEqualTo(type);
      assertThat(schemas.violations(type, example)).as(write).isEmpty();
      examples.add(example);
      pipeline.send(
          new ProducerRecord<>(
              problem.get("topic").stringValue(),
              example.get("subject").stringValue().getBytes(StandardCharsets.UTF_8),
              Schemas.JSON.writeValueAsBytes(example)));
    }

    for (JsonNode example : examples) {
      assertThat(outcome(example).get("outcome").stringValue())
          .as(example.toString())
          .isEqualTo("accepted");
    }
    JsonNode assigned = pipeline.get("/api/v2/tasks/" + task);
    assertThat(assigned.get("assigned_agent_id").stringValue()).isEqualTo(agent.toString());
    assertThat(pipeline.get("/api/v2/agents/" + leaving).get("status").stringValue())
        .isEqualTo("deregistered");
  }

  private JsonNode problem(String write) {
    String[] parts = write.split(" ", 2);
    Answer answer = write(parts[0], parts[1]);
    assertThat(answer.problem(405)).as(write).startsWith("Nothing is written over REST.");
    assertThat(answer.header("allow")).isEqualTo("GET, HEAD");
    assertThat(answer.json().get("instance").stringValue()).isEqualTo(parts[1]);
    assertThat(answer.json().get("topic").stringValue())
        .isIn(
            pipeline.site().topic("orchestrator.commands.agents"),
            pipeline.site().topic("orchestrator.commands.tasks"),
            pipeline.site().topic("orchestrator.commands.workflows"));
    return answer.json();
  }

  private JsonNode outcome(JsonNode example) {
    String path = "/api/v2/commands?source=%2Fyour-service&id=" + example.get("id").stringValue();
    HttpResponse<String> found =
        await()
            .atMost(Duration.ofSeconds(30))
            .until(
                () -> Pipeline.http(pipeline.worker().rest().resolve(path)),
                response -> response.statusCode() == 200);
    return Schemas.parse(found.body().getBytes(StandardCharsets.UTF_8)).at("/commands/0");
  }

  /** What nobody ever wrote to is refused without advice, and what is not there is not found. */
  @ParameterizedTest
  @CsvSource({
    "POST, /api/v2/log, 405",
    "DELETE, /api/v2/statistics, 405",
    "PROPFIND, /api/v2/tasks, 405",
    "POST, /api/v2/nothing, 404",
    "POST, /api/v2/log/nothing, 404",
    "GET, /api/v2/tasks/a/assign/b, 404",
    "OPTIONS, /api/v2/agents/bulk/activate, 404"
  })
  void saysNoMoreThanItKnows(String method, String path, int status) {
    Answer answer = write(method, path);

    answer.problem(status);
    assertThat(answer.json().has("example")).isFalse();
    if (status == 405) {
      assertThat(answer.header("allow")).isEqualTo("GET, HEAD");
    }
  }

  @Test
  void readsNothingOfWhatIsWritten() {
    Answer large =
        Reading.send(
            HttpRequest.newBuilder(pipeline.worker().rest().resolve("/api/v2/tasks"))
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofByteArray(new byte[1 << 20])));

    assertThat(large.json().has("example")).isTrue();
    assertThat(((ObjectNode) large.json()).get("status").intValue()).isEqualTo(405);
  }
}
