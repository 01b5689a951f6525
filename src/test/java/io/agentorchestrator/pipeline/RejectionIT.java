package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the rules refuse is told, once, with its reason, and changes nothing. */
class RejectionIT {

  private final Pipeline pipeline = Pipeline.shared();
  private final UUID agent = UUID.randomUUID();
  private final UUID other = UUID.randomUUID();
  private final UUID task = UUID.randomUUID();

  @Test
  void refusesWhatDoesNotExist() {
    pipeline.ask(Commands.createTask(task));
    pipeline.ask(Commands.registerAgent(agent, 1));
    UUID none = UUID.randomUUID();

    assertRejected(pipeline.ask(Commands.assign(none, agent)), "NOT_FOUND", none);
    assertRejected(pipeline.ask(Commands.assign(task, none)), "NOT_FOUND", none);
    assertRejected(pipeline.ask(Commands.cancel(none)), "NOT_FOUND", none);
    assertRejected(pipeline.ask(Commands.word("task.start.v1", none, agent, 1)), "NOT_FOUND", none);
    assertRejected(pipeline.ask(Commands.word("task.start.v1", task, none, 1)), "NOT_FOUND", none);
    assertRejected(
        pipeline.ask(Commands.command("agent.heartbeat.v1", none, Map.of())), "NOT_FOUND", none);
    assertRejected(
        pipeline.ask(Commands.command("agent.deregister.v1", none, Map.of())), "NOT_FOUND", none);
    for (String field : List.of("parent_task_id", "workflow_id")) {
      Event refused =
          pipeline.ask(Commands.createTask(UUID.randomUUID(), Map.of(field, none.toString())));
      assertRejected(refused, "NOT_FOUND", none);
    }
    Event refused =
        pipeline.ask(
            Commands.createTask(UUID.randomUUID(), Map.of("depends_on", List.of(none.toString()))));
    assertRejected(refused, "NOT_FOUND", none);
  }

  @Test
  void refusesToCreateWhatExists() {
    pipeline.ask(Commands.createTask(task));

    assertRejected(pipeline.ask(Commands.createTask(task)), "ALREADY_EXISTS", task);
    assertThat(pipeline.eventsAbout(task, 2)).hasSize(2);
  }

  @Test
  void refusesWrongStatesAttemptsAndHolders() {
    pipeline.ask(Commands.createTask(task));
    pipeline.ask(Commands.registerAgent(agent, 1));
    pipeline.ask(Commands.registerAgent(other, 1));

    assertInvalidState(Commands.word("task.start.v1", task, agent, 1), "in state submitted");
    pipeline.ask(Commands.assign(task, agent));
    assertInvalidState(Commands.assign(task, other), "in state assigned");
    assertInvalidState(Commands.word("task.complete.v1", task, agent, 2), "attempt is 1");
    assertInvalidState(Commands.word("task.complete.v1", task, other, 1), "held by agent " + agent);
    assertInvalidState(Commands.fail(task, other, 1, false), "held by agent " + agent);
    pipeline.ask(Commands.word("task.complete.v1", task, agent, 1));
    assertInvalidState(Commands.word("task.progress.v1", task, agent, 1), "in state completed");
    assertInvalidState(Commands.cancel(task), "in state completed");

    assertThat(pipeline.get("/api/v2/tasks/" + task).get("entity_version").longValue())
        .isEqualTo(3);
  }

  @Test
  void refusesAgentsThatCannotTakeTheTask() {
    UUID second = UUID.randomUUID();
    UUID demanding = UUID.randomUUID();
    pipeline.ask(Commands.createTask(task));
    pipeline.ask(Commands.createTask(second));
    pipeline.ask(
        Commands.createTask(demanding, Map.of("required_capabilities", List.of("go", "rust"))));
    pipeline.ask(Commands.registerAgent(agent, 1, "go"));

    assertInvalidState(Commands.assign(demanding, agent), "lacks the capabilities [rust]");
    pipeline.ask(Commands.assign(task, agent));
    assertInvalidState(Commands.assign(second, agent), "all 1 slots of the agent are taken");
    pipeline.ask(Commands.command("agent.deregister.v1", agent, Map.of()));
    assertInvalidState(Commands.assign(second, agent), "the agent is deregistered");
    assertInvalidState(Commands.command("agent.heartbeat.v1", agent, Map.of()), "is deregistered");
    assertInvalidState(
        Commands.command("agent.deregister.v1", agent, Map.of()), "deregistered already");
  }

  @Test
  void refusesContradictoryDependencies() {
    UUID dependency = UUID.randomUUID();
    pipeline.ask(Commands.createTask(dependency));

    Event twice =
        pipeline.ask(
            Commands.createTask(
                task, Map.of("depends_on", List.of(dependency.toString(), dependency.toString()))));
    Event itself =
        pipeline.ask(Commands.createTask(task, Map.of("depends_on", List.of(task.toString()))));
    Event many =
        pipeline.ask(
            Commands.createTask(
                task,
                Map.of(
                    "depends_on",
                    java.util.stream.Stream.generate(() -> UUID.randomUUID().toString())
                        .limit(101)
                        .toList())));

    assertRejected(twice, "INVALID_ARGUMENT", dependency);
    assertRejected(itself, "INVALID_ARGUMENT", task);
    assertRejected(many, "INVALID_ARGUMENT", task);
  }

  @Test
  void forbidsReservedSources() {
    ObjectNode command = Commands.createTask(task);
    command.put("source", "/agent-orchestrator/timer");

    assertRejected(pipeline.ask(command), "FORBIDDEN", null);
  }

  @Test
  void forbidsSourcesWhatTheirRuleLeavesOut() {
    ObjectNode create = Commands.createTask(task);
    create.put("source", Pipeline.RESTRICTED + "/eu-1");
    assertThat(pipeline.ask(create).type()).isEqualTo("task.created.v1");
    ObjectNode cancel = Commands.cancel(task);
    cancel.put("source", Pipeline.RESTRICTED + "/eu-1");

    Event refused = pipeline.ask(cancel);

    assertRejected(refused, "FORBIDDEN", null);
    assertThat(refused.reason())
        .isEqualTo(
            "Expected a source that may send task.cancel.v1, but /tests-restricted/eu-1 may not.");
    assertThat(pipeline.get("/api/v2/tasks/" + task).get("status").stringValue())
        .isEqualTo("submitted");
    JsonNode outcome =
        pipeline
            .get("/api/v2/commands?id=" + cancel.get("id").stringValue())
            .get("commands")
            .get(0);
    assertThat(outcome.get("outcome").stringValue()).isEqualTo("rejected");
    assertThat(outcome.at("/rejection/type").stringValue()).isEqualTo("FORBIDDEN");

    pipeline.send(cancel); // Its id is used up; asking again changes and tells nothing.
    assertThat(pipeline.ask(Commands.cancel(task)).version()).isEqualTo(2);
    assertThat(pipeline.eventsOf(cancel, 1)).hasSize(1);
  }

  @Test
  void forbidsHeartbeatsAndOperationsOnManyLikewise() {
    pipeline.ask(Commands.registerAgent(agent, 1));
    ObjectNode heartbeat = Commands.heartbeat(agent);
    heartbeat.put("source", Pipeline.RESTRICTED);
    ObjectNode bulk = Commands.bulk("deregister", "atomic", List.of(agent));
    bulk.put("source", Pipeline.RESTRICTED);

    assertRejected(pipeline.ask(heartbeat), "FORBIDDEN", null);
    assertRejected(pipeline.ask(bulk), "FORBIDDEN", null);
    assertThat(pipeline.get("/api/v2/agents/" + agent).get("status").stringValue())
        .isEqualTo("active");
  }

  @Test
  void appliesADuplicateOnceWhateverItsNotation() {
    ObjectNode command = Commands.createTask(task, Map.of("metadata", Map.of("a", 1, "b", 100)));
    pipeline.ask(command);
    ObjectNode again = command.deepCopy();
    again.put("actor", "somebody else");
    again.put("time", "2026-11-23T09:00:00Z");
    ((ObjectNode) again.get("data")).set("metadata", reordered());

    pipeline.send(command);
    pipeline.send(again);
    Event next = pipeline.ask(Commands.cancel(task));

    assertThat(next.version()).isEqualTo(2);
    assertThat(pipeline.eventsOf(command, 1)).hasSize(1);
    assertThat(
            pipeline.get("/api/v2/commands?id=" + command.get("id").stringValue()).get("commands"))
        .hasSize(1);
  }

  @Test
  void refusesAReusedIdOnceAndKeepsToTheFirstContent() {
    ObjectNode first = Commands.createTask(task);
    UUID another = UUID.randomUUID();
    ObjectNode second = Commands.createTask(another);
    second.set("id", first.get("id"));
    pipeline.ask(first);

    pipeline.send(second);
    pipeline.send(second);
    pipeline.send(first);
    List<Event> events = pipeline.eventsOf(first, 2);
    pipeline.ask(Commands.cancel(task));
    pipeline.ask(Commands.createTask(another));

    assertThat(events).hasSize(2);
    assertRejected(events.getLast(), "ALREADY_EXISTS", null);
    assertThat(pipeline.eventsOf(first, 2)).hasSize(2);
    assertThat(pipeline.eventsAbout(another, 2).getLast().type()).isEqualTo("task.created.v1");
  }

  @Test
  void remembersRejectedCommandsAsSeen() {
    ObjectNode tooEarly = Commands.assign(task, agent);
    pipeline.ask(tooEarly);
    pipeline.ask(Commands.createTask(task));
    pipeline.ask(Commands.registerAgent(agent, 1));

    pipeline.send(tooEarly);

    assertThat(pipeline.ask(Commands.assign(task, agent)).changes().get("attempt").intValue())
        .isEqualTo(1);
    assertThat(pipeline.eventsOf(tooEarly, 1)).hasSize(1);
  }

  @Test
  void tellsARefusedHeartbeatOnceAndAnAcceptedOneNever() {
    ObjectNode refused = Commands.command("agent.heartbeat.v1", agent, Map.of());
    pipeline.ask(refused);
    pipeline.send(refused);
    pipeline.ask(Commands.registerAgent(agent, 1));
    ObjectNode accepted =
        Commands.command("agent.heartbeat.v1", agent, Map.of("metrics", Map.of("load", 0.3)));

    pipeline.send(accepted);
    pipeline.ask(Commands.command("agent.deregister.v1", agent, Map.of()));

    List<Event> events = pipeline.eventsAbout(agent, 3);
    assertThat(events)
        .extracting(Event::type)
        .containsExactly("command.rejected.v1", "agent.registered.v1", "agent.deregistered.v1");
    assertThat(
            Pipeline.http(
                    pipeline
                        .worker()
                        .rest()
                        .resolve("/api/v2/commands?id=" + accepted.get("id").stringValue()))
                .statusCode())
        .isEqualTo(404);
  }

  private void assertInvalidState(ObjectNode command, String because) {
    Event event = pipeline.ask(command);
    assertRejected(event, "INVALID_STATE", null);
    assertThat(event.reason()).contains(because);
  }

  private static void assertRejected(
      Event event, String type, @org.jspecify.annotations.Nullable UUID named) {
    assertThat(event.type()).isEqualTo("command.rejected.v1");
    assertThat(event.rejection()).isEqualTo(type);
    assertThat(event.reason()).startsWith("Expected ").contains(", but ").endsWith(".");
    assertThat(event.data().get("status").stringValue()).isEqualTo("failure");
    assertThat(event.data().get("entity_version").isNull()).isTrue();
    assertThat(event.changes()).isEmpty();
    assertThat(event.key()).isEqualTo(event.data().get("entity_id").stringValue());
    if (named != null) {
      assertThat(event.reason()).contains(named.toString());
    }
  }

  private static ObjectNode reordered() {
    return (ObjectNode)
        io.agentorchestrator.schemas.Schemas.parse(
            "{\"b\":1E2,\"a\":1.0}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }
}
