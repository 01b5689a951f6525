package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What came of commands: of each one thing, once. */
final class Outcomes {

  private static final String HEARTBEAT = "agent.heartbeat.v1";

  /** What an accepted command tells of its subject. */
  private static final Map<String, Set<String>> TOLD =
      Map.ofEntries(
          Map.entry("agent.register.v1", Set.of("agent.registered.v1", "agent.updated.v1")),
          Map.entry("agent.deregister.v1", Set.of("agent.deregistered.v1")),
          Map.entry("task.create.v1", Set.of("task.created.v1")),
          Map.entry("task.assign.v1", Set.of("task.assigned.v1")),
          Map.entry("task.start.v1", Set.of("task.started.v1")),
          Map.entry("task.progress.v1", Set.of("task.progressed.v1")),
          Map.entry("task.complete.v1", Set.of("task.completed.v1")),
          Map.entry("task.fail.v1", Set.of("task.failed.v1", "task.retry-scheduled.v1")),
          Map.entry("task.cancel.v1", Set.of("task.canceled.v1")),
          Map.entry("workflow.create.v1", Set.of("workflow.created.v1")),
          Map.entry("workflow.pause.v1", Set.of("workflow.paused.v1")),
          Map.entry("workflow.resume.v1", Set.of("workflow.resumed.v1")),
          Map.entry("workflow.cancel.v1", Set.of("workflow.canceled.v1")));

  private final Pipeline pipeline;
  private final Map<String, List<Event>> caused;
  private int withoutEvent;

  private Outcomes(Pipeline pipeline, List<Event> events) {
    this.pipeline = pipeline;
    this.caused =
        events.stream()
            .filter(event -> event.commandSource().equals(Commands.SOURCE))
            .collect(Collectors.groupingBy(Event::commandId));
  }

  /** Sees to it that these commands, and no others, had one outcome each. */
  static void assertOneEach(Pipeline pipeline, List<ObjectNode> sent, List<Event> events) {
    Outcomes outcomes = new Outcomes(pipeline, events);
    sent.forEach(outcomes::assertOne);
    assertThat(outcomes.withoutEvent).as("restatements without a change").isPositive();
    assertThat(sent.stream().map(Outcomes::id).collect(Collectors.toSet()))
        .hasSameSizeAs(sent)
        .containsAll(outcomes.caused.keySet());
    assertThat(
            Settling.count(
                pipeline.site(),
                "SELECT count(*) FROM command_keys WHERE type <> '%s'".formatted(HEARTBEAT)))
        .isEqualTo((int) sent.stream().filter(each -> !isHeartbeat(each)).count());
  }

  private void assertOne(ObjectNode command) {
    List<Event> own = caused.getOrDefault(id(command), List.of());
    String subject = command.get("subject").stringValue();
    if (own.stream().anyMatch(event -> event.type().equals("command.rejected.v1"))) {
      // Whoever speaks is there again, whatever came of it.
      assertThat(own)
          .as("what came of %s", command)
          .extracting(Event::type)
          .filteredOn(type -> !type.equals("agent.status-changed.v1"))
          .containsExactly("command.rejected.v1");
    } else if (isHeartbeat(command)) {
      assertThat(own).as("what came of %s", command).hasSizeLessThanOrEqualTo(1);
    } else if (own.isEmpty()) {
      withoutEvent++;
      JsonNode outcomes = pipeline.get("/api/v2/commands?id=" + id(command)).get("commands");
      assertThat(outcomes).as("outcomes of %s", command).hasSize(1);
      assertThat(outcomes.get(0).get("outcome").stringValue()).isEqualTo("accepted");
      assertThat(outcomes.get(0).get("positions")).isEmpty();
      assertThat(type(command)).isEqualTo("agent.register.v1");
    } else {
      assertAccepted(command, own.stream().filter(each -> subject.equals(each.key())).toList());
    }
  }

  /** One event of its kind; perhaps one more, that it was the agent's return or a task's start. */
  private static void assertAccepted(ObjectNode command, List<Event> told) {
    Set<String> wanted = TOLD.getOrDefault(type(command), Set.of());
    long ofItsKind = told.stream().filter(each -> wanted.contains(each.type())).count();
    boolean returnedOnly =
        type(command).equals("agent.register.v1")
            && told.getFirst().type().equals("agent.status-changed.v1");
    assertThat(ofItsKind == 1 || returnedOnly).as("what came of %s: %s", command, told).isTrue();
    assertThat(told).as("what came of %s", command).hasSizeBetween(1, 2);
  }

  private static boolean isHeartbeat(ObjectNode command) {
    return type(command).equals(HEARTBEAT);
  }

  private static String type(ObjectNode command) {
    return command.get("type").stringValue();
  }

  private static String id(ObjectNode command) {
    return command.get("id").stringValue();
  }
}
