package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.schemas.Schemas;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The life of an agent, told by events and by REST. */
class AgentLifeIT {

  private final Pipeline pipeline = Pipeline.shared();
  private final UUID agent = UUID.randomUUID();

  @Test
  void tellsALifeInOrderAndItsChangesFoldToTheResource() throws Exception {
    ObjectNode whole =
        register(
            Map.of(
                "type",
                "coder",
                "name",
                "An agent",
                "endpoint",
                "https://agents.example/1",
                "version",
                "2.3",
                "capabilities",
                List.of("java", "go"),
                "max_concurrent_tasks",
                5,
                "lease_seconds",
                600,
                "metadata",
                Map.of("region", "eu", "deep", Map.of("n", 1.5))));
    List<Event> seen = new ArrayList<>();

    Event registered = pipeline.ask(whole);
    seen.add(registered);
    assertThat(registered.type()).isEqualTo("agent.registered.v1");
    assertThat(registered.changes().propertyNames())
        .containsExactlyInAnyOrder(
            "type",
            "name",
            "endpoint",
            "version",
            "capabilities",
            "max_concurrent_tasks",
            "enabled",
            "status",
            "lease_seconds",
            "metadata",
            "created_at",
            "updated_at");
    assertFolds(seen);

    Event updated =
        pipeline.ask(
            register(
                Map.of(
                    "type", "coder", "name", "Renamed", "endpoint", "https://agents.example/1")));
    seen.add(updated);
    assertThat(updated.type()).isEqualTo("agent.updated.v1");
    ObjectNode changes = (ObjectNode) updated.changes().deepCopy();
    changes.remove("updated_at");
    assertThat(changes)
        .isEqualTo(
            Schemas.JSON.readTree(
                """
                {"name": "Renamed", "version": null, "capabilities": [],
                 "max_concurrent_tasks": 1, "lease_seconds": 60, "metadata": {}}
                """));
    assertFolds(seen);

    JsonNode before = pipeline.get("/api/v2/agents/" + agent);
    ObjectNode again =
        register(
            Map.of("type", "coder", "name", "Renamed", "endpoint", "https://agents.example/1"));
    pipeline.send(again);
    JsonNode outcome = outcome(again);
    assertThat(outcome.get("outcome").stringValue()).isEqualTo("accepted");
    assertThat(outcome.get("positions")).isEmpty();
    assertThat(outcome.get("rejection").isNull()).isTrue();
    assertThat(pipeline.get("/api/v2/agents/" + agent).get("updated_at"))
        .isEqualTo(before.get("updated_at"));
    assertFolds(seen);

    try (Connection connection = pipeline.database();
        Statement statement = connection.createStatement()) {
      assertThat(
              statement.executeUpdate(
                  "UPDATE agents SET status = 'offline' WHERE id = '%s'".formatted(agent)))
          .isEqualTo(1);
    }
    Event back =
        pipeline.ask(
            Commands.command("agent.heartbeat.v1", agent, Map.of("metrics", Map.of("load", 0.5))));
    seen.add(back);
    assertThat(back.type()).isEqualTo("agent.status-changed.v1");
    assertThat(back.changes().propertyNames()).containsExactlyInAnyOrder("status", "updated_at");
    assertThat(back.changes().get("status").stringValue()).isEqualTo("active");
    assertThat(back.details().get("from").stringValue()).isEqualTo("offline");
    assertThat(back.details().get("to").stringValue()).isEqualTo("active");
    assertFolds(seen);

    UUID task = UUID.randomUUID();
    pipeline.ask(Commands.createTask(task));
    pipeline.ask(Commands.assign(task, agent));
    ObjectNode goodbye = Commands.command("agent.deregister.v1", agent, Map.of("reason", "Bye."));
    pipeline.send(goodbye);
    List<Event> farewell = pipeline.eventsOf(goodbye, 2);
    Event deregistered =
        farewell.stream()
            .filter(event -> agent.toString().equals(event.key()))
            .findFirst()
            .orElseThrow();
    seen.add(deregistered);
    assertThat(deregistered.type()).isEqualTo("agent.deregistered.v1");
    assertThat(deregistered.details().get("reason").stringValue()).isEqualTo("Bye.");
    Event released = pipeline.eventsAbout(task, 3).getLast();
    assertThat(released.type()).isEqualTo("task.released.v1");
    assertThat(released.commandId()).isEqualTo(goodbye.get("id").stringValue());
    assertThat(released.changes().get("status").stringValue()).isEqualTo("submitted");
    assertThat(released.changes().get("assigned_agent_id").isNull()).isTrue();
    assertThat(released.changes().has("retry_count")).isFalse();
    assertThat(Folding.of(pipeline.eventsAbout(task, 3)))
        .isEqualTo(Folding.resource(pipeline, "/api/v2/tasks/", task));
    JsonNode gone = pipeline.get("/api/v2/agents/" + agent);
    assertThat(gone.get("status").stringValue()).isEqualTo("deregistered");
    assertThat(gone.get("running_tasks").intValue()).isZero();
    assertFolds(seen);

    ObjectNode anew = whole.deepCopy();
    anew.put("id", UUID.randomUUID().toString());
    Event returned = pipeline.ask(anew);
    seen.add(returned);
    assertThat(returned.type()).isEqualTo("agent.registered.v1");
    assertThat(returned.changes().get("status").stringValue()).isEqualTo("active");
    assertThat(returned.changes().has("created_at")).isFalse();
    assertFolds(seen);
  }

  @Test
  void leavesAnActiveAgentsHeartbeatUntold() {
    pipeline.ask(Commands.registerAgent(agent, 1));
    String lastSeen = pipeline.get("/api/v2/agents/" + agent).get("last_seen").stringValue();

    ObjectNode heartbeat = Commands.command("agent.heartbeat.v1", agent, Map.of());
    pipeline.send(heartbeat);

    await()
        .untilAsserted(
            () ->
                assertThat(pipeline.get("/api/v2/agents/" + agent).get("last_seen").stringValue())
                    .isGreaterThan(lastSeen));
    assertThat(answer(heartbeat).statusCode()).isEqualTo(404);
    assertThat(pipeline.eventsAbout(agent, 1)).hasSize(1);
  }

  @Test
  void takesFromACardWhatIsNotGiven() {
    JsonNode card =
        Schemas.JSON.readTree(
            """
            {"name": "Card agent", "version": "4.5",
             "supportedInterfaces": [
               {"url": "https://cards.example/json", "protocolBinding": "JSONRPC"},
               {"url": "https://cards.example/grpc", "protocolBinding": "GRPC"}],
             "skills": [
               {"id": "translate", "tags": ["german", "french"]},
               {"id": "summarise", "tags": ["french"]}]}
            """);

    Event registered = pipeline.ask(register(Map.of("type", "linguist", "card", card)));

    JsonNode said = registered.changes();
    assertThat(said.get("name").stringValue()).isEqualTo("Card agent");
    assertThat(said.get("version").stringValue()).isEqualTo("4.5");
    assertThat(said.get("endpoint").stringValue()).isEqualTo("https://cards.example/json");
    assertThat(said.get("capabilities").values())
        .extracting(JsonNode::stringValue)
        .containsExactlyInAnyOrder("translate", "german", "french", "summarise");
    assertThat(said.has("card")).isFalse();
    assertFolds(List.of(registered));
  }

  @Test
  void takesAnOlderCardAndPrefersWhatIsGiven() {
    JsonNode card =
        Schemas.JSON.readTree(
            """
            {"name": "Card agent", "version": "0.1", "url": "http://cards.example:8000/a2a",
             "protocolVersion": "0.3.0", "capabilities": {"streaming": true},
             "skills": [{"id": "translate", "tags": []}]}
            """);

    Event registered =
        pipeline.ask(
            register(
                Map.of(
                    "type",
                    "linguist",
                    "name",
                    "Own name",
                    "capabilities",
                    List.of("own"),
                    "card",
                    card)));

    JsonNode said = registered.changes();
    assertThat(said.get("name").stringValue()).isEqualTo("Own name");
    assertThat(said.get("version").stringValue()).isEqualTo("0.1");
    assertThat(said.get("endpoint").stringValue()).isEqualTo("http://cards.example:8000/a2a");
    assertThat(said.get("capabilities").values())
        .extracting(JsonNode::stringValue)
        .containsExactly("own");
    assertFolds(List.of(registered));
  }

  /** These, and no others, are the agent's events, and they make up what REST says. */
  private void assertFolds(List<Event> seen) {
    List<Event> events = pipeline.eventsAbout(agent, seen.size());
    assertThat(events)
        .extracting(Event::position)
        .containsExactlyElementsOf(seen.stream().map(Event::position).toList());
    assertThat(events)
        .extracting(Event::version)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, seen.size()).boxed().toList());
    assertThat(Folding.of(events)).isEqualTo(Folding.resource(pipeline, "/api/v2/agents/", agent));
  }

  private ObjectNode register(Map<String, ?> data) {
    return Commands.command("agent.register.v1", agent, data);
  }

  private JsonNode outcome(ObjectNode command) {
    AtomicReference<HttpResponse<String>> answer = new AtomicReference<>(answer(command));
    await()
        .until(
            () -> {
              answer.set(answer(command));
              return answer.get().statusCode() == 200;
            });
    return Schemas.JSON.readTree(answer.get().body()).get("commands").get(0);
  }

  private HttpResponse<String> answer(ObjectNode command) {
    return Pipeline.http(
        pipeline.worker().rest().resolve("/api/v2/commands?id=" + command.get("id").stringValue()));
  }
}
