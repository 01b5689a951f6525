package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.schemas.Schemas;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** One operation on many agents: what becomes of each, of its tasks, and of all if one cannot. */
class BulkIT {

  private final Pipeline pipeline = Pipeline.shared();
  private final UUID agent = UUID.randomUUID();
  private final UUID other = UUID.randomUUID();
  private final UUID gone = UUID.randomUUID();
  private final UUID missing = UUID.randomUUID();
  private final UUID task = UUID.randomUUID();
  private final UUID second = UUID.randomUUID();

  @ParameterizedTest
  @ValueSource(strings = {"atomic", "best_effort"})
  void deactivatesAndActivatesAndLeavesTasksAlone(String mode) {
    givenTwoAgentsAndTwoTasksOfTheFirst();

    List<Event> off = ask(Commands.bulk("deactivate", mode, List.of(agent)));
    List<Event> moreOff = ask(Commands.bulk("deactivate", mode, List.of(other, agent)));
    JsonNode disabled = pipeline.get("/api/v2/agents/" + agent);
    List<Event> on = ask(Commands.bulk("activate", mode, List.of(agent)));
    List<Event> moreOn = ask(Commands.bulk("activate", mode, List.of(agent, other)));

    assertCompleted(off, "deactivate", mode, Bulks.changed(agent));
    assertCompleted(moreOff, "deactivate", mode, Bulks.changed(other), Bulks.unchanged(agent));
    assertThat(disabled.get("status").stringValue()).isEqualTo("offline");
    assertThat(disabled.get("enabled").booleanValue()).isFalse();
    assertThat(disabled.get("running_tasks").intValue()).isEqualTo(2);
    assertCompleted(on, "activate", mode, Bulks.changed(agent));
    assertCompleted(moreOn, "activate", mode, Bulks.unchanged(agent), Bulks.changed(other));
    assertThat(Stream.of(off, moreOff, on, moreOn)).allSatisfy(each -> assertThat(each).hasSize(2));
    assertThat(pipeline.eventsAbout(agent, 3))
        .extracting(Event::type)
        .containsExactly(
            "agent.registered.v1", "agent.status-changed.v1", "agent.status-changed.v1");
    assertThat(pipeline.get("/api/v2/tasks/" + task).get("status").stringValue())
        .isEqualTo("assigned");
    assertAllFold();
  }

  @ParameterizedTest
  @ValueSource(strings = {"atomic", "best_effort"})
  void resetsAgentsAndReleasesTheirTasks(String mode) {
    givenTwoAgentsAndTwoTasksOfTheFirst();
    ask(Commands.bulk("deactivate", mode, List.of(other)));

    List<Event> reset = ask(Commands.bulk("reset_status", mode, List.of(agent, other)));
    List<Event> again = ask(Commands.bulk("reset_status", mode, List.of(agent, other)));

    assertCompleted(reset, "reset_status", mode, Bulks.changed(agent), Bulks.changed(other));
    assertThat(reset)
        .extracting(Event::type)
        .containsExactly(
            "agent.updated.v1",
            "task.released.v1",
            "task.released.v1",
            "agent.status-changed.v1",
            "agents.bulk-completed.v1");
    assertReleased();
    assertCompleted(again, "reset_status", mode, Bulks.unchanged(agent), Bulks.unchanged(other));
    assertThat(again).hasSize(1);
    assertThat(pipeline.get("/api/v2/agents/" + agent).get("status").stringValue())
        .isEqualTo("active");
    assertAllFold();
    assertThat(pipeline.ask(Commands.assign(task, agent)).changes().get("attempt").intValue())
        .isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"atomic", "best_effort"})
  void deregistersAgentsAndReleasesTheirTasks(String mode) {
    givenTwoAgentsAndTwoTasksOfTheFirst();

    List<Event> left = ask(Commands.bulk("deregister", mode, List.of(other, agent, other)));

    assertCompleted(left, "deregister", mode, Bulks.changed(other), Bulks.changed(agent));
    assertThat(left)
        .extracting(Event::type)
        .containsExactly(
            "agent.deregistered.v1",
            "agent.deregistered.v1",
            "task.released.v1",
            "task.released.v1",
            "agents.bulk-completed.v1");
    assertReleased();
    assertThat(pipeline.get("/api/v2/agents/" + other).get("status").stringValue())
        .isEqualTo("deregistered");
    assertAllFold();
  }

  @ParameterizedTest
  @ValueSource(strings = {"activate", "deactivate", "reset_status", "deregister"})
  void refusesAllWhereOneCannotBeChanged(String operation) {
    givenTwoAgentsAndTwoTasksOfTheFirst();
    givenOneThatIsGone();
    ObjectNode one = Commands.bulk(operation, "atomic", List.of(agent, gone, missing, other));
    ObjectNode two = Commands.bulk(operation, "atomic", List.of(agent, gone));
    ((ObjectNode) two.get("data")).remove("mode");

    Event notFound = pipeline.ask(one);
    Event invalidState = pipeline.ask(two);

    assertThat(notFound.type()).isEqualTo("command.rejected.v1");
    assertThat(notFound.rejection()).isEqualTo("NOT_FOUND");
    assertThat(notFound.reason())
        .startsWith("Expected ")
        .contains(", but 2 of them", missing.toString(), gone.toString())
        .doesNotContain(agent.toString());
    assertThat(Bulks.results(notFound.details().get("results")))
        .containsExactly(
            Bulks.unchanged(agent),
            Bulks.impossible(gone),
            Bulks.missing(missing),
            Bulks.unchanged(other));
    assertThat(invalidState.rejection()).isEqualTo("INVALID_STATE");
    assertThat(Bulks.results(invalidState.details().get("results")))
        .containsExactly(Bulks.unchanged(agent), Bulks.impossible(gone));
    for (ObjectNode command : List.of(one, two)) {
      JsonNode outcome = Bulks.outcome(pipeline, command);
      assertThat(outcome.get("outcome").stringValue()).isEqualTo("rejected");
      assertThat(outcome.get("positions")).hasSize(1);
      assertThat(kept(command)).isZero();
    }
    assertThat(pipeline.eventsAbout(agent, 1)).hasSize(1);
    assertThat(pipeline.eventsAbout(task, 2)).hasSize(2);
    assertThat(pipeline.get("/api/v2/agents/" + agent).get("running_tasks").intValue())
        .isEqualTo(2);
  }

  @Test
  void changesWhatCanBeWhereEachIsByItself() {
    givenTwoAgentsAndTwoTasksOfTheFirst();
    givenOneThatIsGone();

    List<Event> events =
        ask(Commands.bulk("deregister", "best_effort", List.of(missing, agent, gone, other)));

    assertCompleted(
        events,
        "deregister",
        "best_effort",
        Bulks.missing(missing),
        Bulks.changed(agent),
        Bulks.impossible(gone),
        Bulks.changed(other));
    assertThat(events.getLast().changes().at("/results/2/rejection/reason").stringValue())
        .isEqualTo(
            "Expected to deregister agent %s, but it is deregistered already.".formatted(gone));
    assertReleased();
    assertAllFold();
  }

  @Test
  void findsItsAgentsByACondition() {
    String type = "bulk-" + UUID.randomUUID();
    List<UUID> agents =
        Stream.generate(UUID::randomUUID)
            .limit(4)
            .sorted(Comparator.comparing(UUID::toString))
            .toList();
    agents.forEach(id -> pipeline.ask(register(id, type, id.equals(agents.get(1)) ? "go" : "ocr")));
    ask(Commands.bulk("deregister", "atomic", List.of(agents.getFirst())));

    List<Event> capable =
        ask(Commands.bulk("deactivate", "atomic", Map.of("type", type, "capability", "ocr")));
    List<Event> offline =
        ask(Commands.bulk("activate", "best_effort", Map.of("type", type, "status", "offline")));
    List<Event> fleet = ask(Commands.bulk("deactivate", "best_effort", Map.of("type", type)));
    List<Event> left =
        ask(
            Commands.bulk(
                "activate", "best_effort", Map.of("type", type, "status", "deregistered")));
    List<Event> none = ask(Commands.bulk("activate", "atomic", Map.of("type", "no-" + type)));
    List<Event> noneEither =
        ask(Commands.bulk("deregister", "best_effort", Map.of("type", "no-" + type)));

    UUID[] others = {agents.get(2), agents.get(3)};
    assertCompleted(
        capable, "deactivate", "atomic", Bulks.changed(others[0]), Bulks.changed(others[1]));
    assertCompleted(
        offline, "activate", "best_effort", Bulks.changed(others[0]), Bulks.changed(others[1]));
    assertCompleted(
        fleet,
        "deactivate",
        "best_effort",
        Bulks.changed(agents.get(1)),
        Bulks.changed(others[0]),
        Bulks.changed(others[1]));
    assertCompleted(left, "activate", "best_effort", Bulks.impossible(agents.getFirst()));
    assertCompleted(none, "activate", "atomic");
    assertCompleted(noneEither, "deregister", "best_effort");
    assertThat(none).hasSize(1);
  }

  @Test
  void leavesOutWhoMeetsTheConditionNoLongerOnceLocked() throws Exception {
    String type = "bulk-" + UUID.randomUUID();
    pipeline.ask(register(agent, type, "ocr"));
    pipeline.ask(register(other, type, "ocr"));
    ObjectNode command =
        Commands.bulk("deregister", "best_effort", Map.of("type", type, "status", "active"));

    whileItWaitsFor(
        command, "UPDATE agents SET status = 'offline' WHERE id = '%s'".formatted(agent));

    assertCompleted(
        Bulks.told(pipeline, command), "deregister", "best_effort", Bulks.changed(other));
  }

  @Test
  void releasesWhatTheAgentWasGivenWhileItWasWaitedFor() throws Exception {
    pipeline.ask(Commands.registerAgent(agent, 1));
    pipeline.ask(Commands.createTask(task));
    ObjectNode command = Commands.bulk("deregister", "atomic", List.of(agent));

    whileItWaitsFor(
        command,
        """
        UPDATE agents SET updated_at = updated_at WHERE id = '%1$s';
        UPDATE agent_activity SET running_tasks = 1 WHERE agent_id = '%1$s';
        UPDATE tasks SET status = 'assigned', assigned_agent_id = '%1$s', attempt = 1
        WHERE id = '%2$s';
        """
            .formatted(agent, task));

    assertThat(Bulks.told(pipeline, command))
        .extracting(Event::type)
        .containsExactly("agent.deregistered.v1", "task.released.v1", "agents.bulk-completed.v1");
    assertThat(pipeline.get("/api/v2/agents/" + agent).get("running_tasks").intValue()).isZero();
  }

  @Test
  void takesAThousandAgentsAndNoMore() {
    String type = "bulk-" + UUID.randomUUID();
    List<UUID> agents = Stream.generate(UUID::randomUUID).limit(1000).toList();
    pipeline.sendAll(agents.stream().map(id -> register(id, type, "ocr")).toList());
    UUID oneMore = UUID.randomUUID();
    pipeline.ask(register(oneMore, type + "-", "ocr"));
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                Settling.count(
                        pipeline.site(),
                        "SELECT count(*) FROM agents WHERE type = '%s'".formatted(type))
                    == 1000);

    List<Event> off = askAll(Commands.bulk("deactivate", "best_effort", agents));
    List<Event> on = askAll(Commands.bulk("activate", "atomic", Map.of("type", type)));
    pipeline.ask(register(oneMore, type, "ocr"));
    Event tooMany = pipeline.ask(Commands.bulk("deregister", "atomic", Map.of("type", type)));
    List<Event> left = askAll(Commands.bulk("deregister", "best_effort", agents));

    assertThat(off).hasSize(1001);
    assertCompleted(
        off,
        "deactivate",
        "best_effort",
        agents.stream().map(Bulks::changed).toArray(String[]::new));
    assertCompleted(
        on,
        "activate",
        "atomic",
        agents.stream()
            .sorted(Comparator.comparing(UUID::toString))
            .map(Bulks::changed)
            .toArray(String[]::new));
    assertThat(tooMany.rejection()).isEqualTo("INVALID_ARGUMENT");
    assertThat(tooMany.reason()).contains("1000");
    assertThat(left).hasSize(1001);
    assertThat(left.getLast().data().get("status").stringValue()).isEqualTo("success");
    assertThat(
            Settling.count(
                pipeline.site(),
                "SELECT count(*) FROM agents WHERE type = '%s' AND status = 'active'"
                    .formatted(type)))
        .isEqualTo(1);
  }

  @Test
  void undoesOnlyThePartThatFailsInItsMiddle() throws Exception {
    givenTwoAgentsAndTwoTasksOfTheFirst();
    UUID third = UUID.randomUUID();
    UUID stuck = UUID.randomUUID();
    pipeline.ask(Commands.registerAgent(third, 1));
    pipeline.ask(Commands.createTask(stuck));
    pipeline.ask(Commands.assign(stuck, third));
    // The second of two in the order of their ids, in which they are written.
    UUID last = Stream.of(task, second).max(Comparator.comparing(UUID::toString)).orElseThrow();
    List<UUID> agents = List.of(third, agent, missing, other);
    double failuresBefore = errorsOfClass("22");

    List<List<Event>> both =
        whileReleaseFails(
            List.of(last),
            "22012",
            () ->
                List.of(
                    ask(Commands.bulk("reset_status", "best_effort", agents)),
                    ask(Commands.bulk("deregister", "best_effort", agents))));

    List<Event> events = both.getFirst();
    assertCompleted(
        events,
        "reset_status",
        "best_effort",
        Bulks.changed(third),
        Bulks.impossible(agent),
        Bulks.missing(missing),
        Bulks.unchanged(other));
    assertThat(events)
        .extracting(Event::type)
        .containsExactly("agent.updated.v1", "task.released.v1", "agents.bulk-completed.v1");
    assertThat(events.getLast().changes().at("/results/1/rejection/reason").stringValue())
        .isEqualTo(
            "Expected to reset agent %s, but it failed and was undone (SQLSTATE 22012)."
                .formatted(agent));
    assertThat(events.getLast().json().toString()).doesNotContain("poison");
    assertCompleted(
        both.getLast(),
        "deregister",
        "best_effort",
        Bulks.changed(third),
        Bulks.impossible(agent),
        Bulks.missing(missing),
        Bulks.changed(other));
    assertThat(pipeline.get("/api/v2/agents/" + agent).get("status").stringValue())
        .isEqualTo("active");
    assertThat(pipeline.get("/api/v2/agents/" + agent).get("running_tasks").intValue())
        .isEqualTo(2);
    assertThat(pipeline.get("/api/v2/agents/" + third).get("running_tasks").intValue()).isZero();
    assertThat(pipeline.eventsAbout(agent, 1)).hasSize(1);
    for (UUID held : List.of(task, second)) {
      assertThat(pipeline.eventsAbout(held, 2)).hasSize(2);
      assertThat(pipeline.get("/api/v2/tasks/" + held).get("status").stringValue())
          .isEqualTo("assigned");
    }
    assertAllFold();
    assertThat(errorsOfClass("22")).as("failures of whole transactions").isEqualTo(failuresBefore);

    List<Event> atLast = ask(Commands.bulk("deregister", "best_effort", List.of(agent)));
    assertCompleted(atLast, "deregister", "best_effort", Bulks.changed(agent));
    assertReleased();
    assertAllFold();
  }

  @Test
  void sortsOutManyPartsThatFailAmongOthers() throws Exception {
    int count = 12;
    Set<Integer> failing = Set.of(0, 3, 4, 11);
    List<UUID> agents = Stream.generate(UUID::randomUUID).limit(count).toList();
    List<UUID> tasks = Stream.generate(UUID::randomUUID).limit(count).toList();
    for (int i = 0; i < count; i++) {
      pipeline.send(Commands.registerAgent(agents.get(i), 1));
      pipeline.send(Commands.createTask(tasks.get(i)));
    }
    for (int i = 0; i < count; i++) {
      pipeline.eventsAbout(agents.get(i), 1);
      pipeline.eventsAbout(tasks.get(i), 1);
      pipeline.ask(Commands.assign(tasks.get(i), agents.get(i)));
    }

    List<Event> events =
        whileReleaseFails(
            failing.stream().map(tasks::get).toList(),
            "22012",
            () -> ask(Commands.bulk("reset_status", "best_effort", agents)));

    List<String> expected = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      expected.add(
          failing.contains(i) ? Bulks.impossible(agents.get(i)) : Bulks.changed(agents.get(i)));
    }
    assertCompleted(events, "reset_status", "best_effort", expected.toArray(String[]::new));
    assertThat(events).hasSize(2 * (count - failing.size()) + 1);
    for (int i = 0; i < count; i++) {
      boolean failed = failing.contains(i);
      assertThat(pipeline.get("/api/v2/tasks/" + tasks.get(i)).get("status").stringValue())
          .isEqualTo(failed ? "assigned" : "submitted");
      assertFolds("/api/v2/agents/", agents.get(i), failed ? 1 : 2);
      assertFolds("/api/v2/tasks/", tasks.get(i), failed ? 2 : 3);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"53100", "40001", "55P03"})
  void waitsWhereAPartFailsThroughNoFaultOfItsOwn(String state) throws Exception {
    givenTwoAgentsAndTwoTasksOfTheFirst();
    double before = errorsOfClass(state.substring(0, 2));
    ObjectNode command = Commands.bulk("deregister", "best_effort", List.of(other, agent));

    whileReleaseFails(
        List.of(task),
        state,
        () -> {
          pipeline.send(command);
          await()
              .atMost(Duration.ofSeconds(30))
              .until(() -> errorsOfClass(state.substring(0, 2)) >= before + 2);
          for (UUID each : List.of(agent, other)) {
            assertThat(pipeline.get("/api/v2/agents/" + each).get("status").stringValue())
                .isEqualTo("active");
          }
          assertThat(kept(command)).isZero();
          return command;
        });

    assertCompleted(
        Bulks.told(pipeline, command),
        "deregister",
        "best_effort",
        Bulks.changed(other),
        Bulks.changed(agent));
    assertReleased();
    assertAllFold();
  }

  @Test
  void keepsTheOrderOfWhatCameBeforeAndAfterInOnePoll() {
    ObjectNode bulk = Commands.bulk("deactivate", "best_effort", List.of(agent, other));
    ObjectNode refused = Commands.bulk("activate", "atomic", List.of(agent, other));
    ObjectNode more = Commands.bulk("deactivate", "atomic", List.of(agent, other));
    List<ObjectNode> commands =
        List.of(
            Commands.registerAgent(agent, 1),
            Commands.registerAgent(other, 1),
            bulk,
            Commands.command("agent.deregister.v1", agent, Map.of()),
            bulk,
            refused,
            Commands.registerAgent(agent, 1, "go"),
            more,
            Commands.command("agent.deregister.v1", agent, Map.of()));

    pipeline.sendRecords(commands.stream().map(this::onOnePartition).toList());
    List<Event> events = Bulks.told(pipeline, commands.getLast());

    assertThat(events).extracting(Event::type).containsExactly("agent.deregistered.v1");
    assertCompleted(
        Bulks.told(pipeline, bulk),
        "deactivate",
        "best_effort",
        Bulks.changed(agent),
        Bulks.changed(other));
    assertThat(Bulks.told(pipeline, refused).getFirst().rejection()).isEqualTo("INVALID_STATE");
    assertCompleted(
        Bulks.told(pipeline, more),
        "deactivate",
        "atomic",
        Bulks.unchanged(agent),
        Bulks.unchanged(other));
    List<Event> life = pipeline.eventsAbout(agent, 5);
    assertThat(life)
        .extracting(Event::type)
        .containsExactly(
            "agent.registered.v1",
            "agent.status-changed.v1",
            "agent.deregistered.v1",
            "agent.registered.v1",
            "agent.deregistered.v1");
    List<Long> positions = new ArrayList<>();
    for (ObjectNode command : commands.stream().distinct().toList()) {
      Bulks.told(pipeline, command).forEach(event -> positions.add(event.position()));
    }
    assertThat(positions).isSorted();
    assertFolds("/api/v2/agents/", agent, 5);
  }

  @Test
  void carriesAnOperationOutOnce() {
    pipeline.ask(Commands.registerAgent(agent, 1));
    pipeline.ask(Commands.registerAgent(other, 1));
    ObjectNode first = Commands.bulk("deactivate", "atomic", List.of(agent));
    ObjectNode sameOperation = Commands.bulk("deactivate", "best_effort", List.of(other));
    sameOperation.set("subject", first.get("subject"));
    ObjectNode sameCommand = Commands.bulk("deactivate", "atomic", List.of(other));
    sameCommand.set("id", first.get("id"));
    double before = duplicates();

    ask(first);
    pipeline.send(first);
    Event known = pipeline.ask(sameOperation);
    pipeline.send(sameCommand);
    List<Event> events = pipeline.eventsOf(first, 3);

    assertThat(known.rejection()).isEqualTo("ALREADY_EXISTS");
    assertThat(known.reason()).contains(first.get("subject").stringValue());
    assertThat(events)
        .extracting(Event::type)
        .containsExactlyInAnyOrder(
            "agent.status-changed.v1", "agents.bulk-completed.v1", "command.rejected.v1");
    assertThat(pipeline.get("/api/v2/agents/" + other).get("status").stringValue())
        .isEqualTo("active");
    await().until(() -> duplicates() == before + 1);
  }

  private void givenTwoAgentsAndTwoTasksOfTheFirst() {
    pipeline.ask(Commands.registerAgent(agent, 2));
    pipeline.ask(Commands.registerAgent(other, 1));
    for (UUID each : List.of(task, second)) {
      pipeline.ask(Commands.createTask(each));
      pipeline.ask(Commands.assign(each, agent));
    }
  }

  private void givenOneThatIsGone() {
    pipeline.ask(Commands.registerAgent(gone, 1));
    pipeline.ask(Commands.command("agent.deregister.v1", gone, Map.of()));
  }

  private List<Event> ask(ObjectNode command) {
    return Bulks.ask(pipeline, command);
  }

  /** Likewise for more events than REST tells the positions of. */
  private List<Event> askAll(ObjectNode command) {
    pipeline.send(command);
    return pipeline.eventsOf(command, 1001).stream()
        .sorted(Comparator.comparingLong(Event::position))
        .toList();
  }

  private void assertCompleted(
      List<Event> events, String operation, String mode, String... results) {
    Event completed = events.getLast();
    JsonNode told = completed.changes().get("results");
    assertThat(completed.type()).isEqualTo("agents.bulk-completed.v1");
    assertThat(Bulks.results(told)).containsExactly(results);
    assertThat(completed.data().get("entity_type").stringValue()).isEqualTo("bulk_operation");
    assertThat(completed.version()).isEqualTo(1);
    assertThat(completed.data().get("status").stringValue())
        .isEqualTo(
            Stream.of(results).anyMatch(each -> each.contains("rejected")) ? "partial" : "success");
    assertThat(completed.details().get("operation").stringValue()).isEqualTo(operation);
    assertThat(completed.details().get("mode").stringValue()).isEqualTo(mode);
    assertThat(
            events.stream()
                .filter(event -> event.type().startsWith("agent."))
                .map(event -> Bulks.changed(UUID.fromString(event.key()))))
        .as("agents with an event of their own")
        .containsExactlyElementsOf(
            Stream.of(results).filter(each -> each.endsWith(" changed")).toList());
    assertThat(
            Settling.count(
                pipeline.site(),
                """
                SELECT count(*) FROM bulk_operations
                WHERE id = '%s' AND entity_version = 1 AND results::jsonb = '%s'::jsonb
                """
                    .formatted(completed.key(), told)))
        .as("what is kept of it")
        .isEqualTo(1);
  }

  private void assertReleased() {
    for (UUID each : List.of(task, second)) {
      JsonNode released = pipeline.get("/api/v2/tasks/" + each);
      assertThat(released.get("status").stringValue()).isEqualTo("submitted");
      assertThat(released.get("assigned_agent_id").isNull()).isTrue();
      assertThat(released.get("retry_count").intValue()).isZero();
      assertThat(released.get("attempt").intValue()).isEqualTo(1);
    }
    assertThat(pipeline.get("/api/v2/agents/" + agent).get("running_tasks").intValue()).isZero();
  }

  private void assertAllFold() {
    for (UUID each : List.of(agent, other)) {
      assertFolds("/api/v2/agents/", each, 1);
    }
    for (UUID each : List.of(task, second)) {
      assertFolds("/api/v2/tasks/", each, 2);
    }
  }

  private void assertFolds(String path, UUID id, int atLeast) {
    assertThat(Folding.of(pipeline.eventsAbout(id, atLeast)))
        .isEqualTo(Folding.resource(pipeline, path, id));
  }

  private int kept(ObjectNode command) {
    return Settling.count(
        pipeline.site(),
        "SELECT count(*) FROM bulk_operations WHERE id = '%s'"
            .formatted(command.get("subject").stringValue()));
  }

  private double errorsOfClass(String sqlStateClass) {
    return Pipeline.counted(
        pipeline.worker(),
        "orchestrator_database_errors_total",
        "sqlstate_class=\"%s\"".formatted(sqlStateClass));
  }

  private double duplicates() {
    return Pipeline.counted(
        pipeline.worker(),
        "orchestrator_commands_total",
        "type=\"agents.bulk.v1\"",
        "outcome=\"duplicate\"");
  }

  private ProducerRecord<byte[], byte[]> onOnePartition(ObjectNode command) {
    return new ProducerRecord<>(
        pipeline.site().topic("orchestrator.commands.agents"),
        3,
        command.get("subject").stringValue().getBytes(StandardCharsets.UTF_8),
        Schemas.JSON.writeValueAsBytes(command));
  }

  private static ObjectNode register(UUID agent, String type, String capability) {
    ObjectNode command = Commands.registerAgent(agent, 1, capability);
    ((ObjectNode) command.get("data")).put("type", type);
    return command;
  }

  /** Does something while the database refuses to take tasks back. */
  private <T> T whileReleaseFails(List<UUID> tasks, String state, Supplier<T> work)
      throws SQLException {
    String name = "refuse_" + UUID.randomUUID().toString().replace("-", "");
    execute(
        """
        CREATE FUNCTION %1$s() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'poison %%', NEW.description USING ERRCODE = '%3$s';
        END $$;
        CREATE TRIGGER %1$s BEFORE UPDATE ON tasks FOR EACH ROW
          WHEN (NEW.id::text IN ('%2$s') AND NEW.status = 'submitted')
          EXECUTE FUNCTION %1$s();
        """
            .formatted(
                name,
                tasks.stream().map(UUID::toString).collect(Collectors.joining("','")),
                state));
    try {
      return work.get();
    } finally {
      execute("DROP TRIGGER %1$s ON tasks; DROP FUNCTION %1$s()".formatted(name));
    }
  }

  /** Sends a command while another transaction has changed rows, and ends that once it waits. */
  private void whileItWaitsFor(ObjectNode command, String changes) throws SQLException {
    try (Connection connection = pipeline.database();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(changes);
      pipeline.send(command);
      await()
          .until(
              () ->
                  Settling.count(
                          pipeline.site(),
                          """
                          SELECT count(*) FROM pg_stat_activity
                          WHERE datname = current_database() AND wait_event_type = 'Lock'
                          """)
                      == 1);
      connection.commit();
    }
  }

  private void execute(String statements) throws SQLException {
    try (Connection connection = pipeline.database();
        Statement statement = connection.createStatement()) {
      statement.execute(statements);
    }
  }
}
