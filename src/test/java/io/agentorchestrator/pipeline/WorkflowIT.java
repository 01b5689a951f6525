package io.agentorchestrator.pipeline;

import static io.agentorchestrator.pipeline.Commands.autoTask;
import static io.agentorchestrator.pipeline.Commands.cancel;
import static io.agentorchestrator.pipeline.Commands.command;
import static io.agentorchestrator.pipeline.Commands.createWorkflow;
import static io.agentorchestrator.pipeline.Commands.fail;
import static io.agentorchestrator.pipeline.Commands.registerAgent;
import static io.agentorchestrator.pipeline.Commands.word;
import static io.agentorchestrator.pipeline.Commands.workflowTask;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/** Workflows, from their creation to their end, with agents that do the work. */
class WorkflowIT {

  private static final int ROWS = 10;
  private static final int COLUMNS = 10;

  private final Pipeline pipeline = Pipeline.shared();
  private final String skill = "skill-" + UUID.randomUUID();
  private final UUID workflow = UUID.randomUUID();
  private final UUID agent = UUID.randomUUID();
  private final UUID first = UUID.randomUUID();
  private final UUID second = UUID.randomUUID();
  private final UUID third = UUID.randomUUID();

  /** Ten rows of ten tasks, of which each waits for its neighbours in the row before. */
  private final List<List<UUID>> lattice =
      Stream.generate(() -> Stream.generate(UUID::randomUUID).limit(COLUMNS).toList())
          .limit(ROWS)
          .toList();

  @Test
  void completesALatticeOfAHundredTasksInOrder() {
    try (Pipeline own = Pipeline.start(2);
        SimulatedFleet fleet = new SimulatedFleet(own.site(), SimulatedFleet::complete)) {
      for (int i = 0; i < 5; i++) {
        own.send(registerAgent(UUID.randomUUID(), 3, skill));
      }
      own.send(createWorkflow(workflow, Map.of(), lattice()));

      List<Event> life = own.eventsAbout(workflow, 3);
      assertThat(life)
          .extracting(Event::type)
          .containsExactly("workflow.created.v1", "workflow.started.v1", "workflow.completed.v1");
      List<Event> events = own.settled();
      assertInOrder(events);
      assertThat(events).filteredOn(each -> each.type().equals("task.completed.v1")).hasSize(100);
      assertThat(Folding.of(life)).isEqualTo(Folding.resource(own, "/api/v2/workflows/", workflow));
      assertThat(own.get("/api/v2/workflows/" + workflow).at("/task_counts/completed").intValue())
          .isEqualTo(100);
      assertNoDeadlocks(own);
      assertThat(fleet).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fail", "continue"})
  void doesWhatItWasToldWhenATaskInTheMiddleFails(String onTaskFailure) {
    UUID bad = lattice.get(4).get(5);
    try (Pipeline own = Pipeline.start(2);
        SimulatedFleet fleet =
            new SimulatedFleet(
                own.site(),
                given ->
                    given.task().equals(bad)
                        ? List.of(fail(bad, given.agent(), given.attempt(), false))
                        : SimulatedFleet.complete(given))) {
      for (int i = 0; i < 5; i++) {
        own.send(registerAgent(UUID.randomUUID(), 3, skill));
      }
      own.send(createWorkflow(workflow, Map.of("on_task_failure", onTaskFailure), lattice()));

      List<Event> life = own.eventsAbout(workflow, 3);
      assertThat(life.getLast().type()).isEqualTo("workflow.failed.v1");
      assertThat(life.getLast().data().get("status").stringValue()).isEqualTo("failure");
      List<Event> events = own.settled();
      assertInOrder(events);
      Set<UUID> completed = tasks(events, "task.completed.v1");
      Set<UUID> canceled = tasks(events, "task.canceled.v1");
      assertThat(tasks(events, "task.failed.v1")).containsExactly(bad);
      assertThat(completed.size() + canceled.size()).isEqualTo(99);
      Set<UUID> behind = behind(bad);
      assertThat(canceled).containsAll(behind);
      if (onTaskFailure.equals("continue")) {
        assertThat(canceled).isEqualTo(behind);
      }
      assertThat(Folding.of(life)).isEqualTo(Folding.resource(own, "/api/v2/workflows/", workflow));
      assertNoDeadlocks(own);
      assertThat(fleet).isNotNull();
    }
  }

  @Test
  void stopsAssignmentsWhileItIsPaused() {
    pipeline.ask(registerAgent(agent, 1, skill));
    pipeline.ask(create(workflowTask(first, skill), workflowTask(second, skill, first)));
    pipeline.eventsAbout(first, 2);

    assertThat(
            pipeline.ask(command("workflow.pause.v1", workflow, Map.of("reason", "Wait."))).type())
        .isEqualTo("workflow.paused.v1");
    pipeline.ask(word("task.complete.v1", first, agent, 1));
    Event refused = pipeline.ask(Commands.assign(second, agent));
    assertThat(refused.rejection()).isEqualTo("INVALID_STATE");
    assertThat(refused.reason()).contains("paused");
    assertThat(pipeline.ask(command("workflow.pause.v1", workflow, Map.of())).rejection())
        .isEqualTo("INVALID_STATE");
    pipeline.ask(autoTask(third, Map.of("workflow_id", workflow.toString()), skill));
    assertThat(pipeline.eventsAbout(second, 2))
        .extracting(Event::type)
        .containsExactly("task.created.v1", "command.rejected.v1");

    Event resumed = pipeline.ask(command("workflow.resume.v1", workflow, Map.of()));
    assertThat(resumed.changes().get("status").stringValue()).isEqualTo("running");
    assertThat(pipeline.eventsAbout(second, 3).getLast().type()).isEqualTo("task.assigned.v1");
    pipeline.ask(word("task.complete.v1", second, agent, 1));
    pipeline.eventsAbout(third, 2);
    pipeline.ask(word("task.complete.v1", third, agent, 1));
    assertThat(pipeline.eventsAbout(workflow, 5))
        .extracting(Event::type)
        .containsExactly(
            "workflow.created.v1",
            "workflow.started.v1",
            "workflow.paused.v1",
            "command.rejected.v1",
            "workflow.resumed.v1",
            "workflow.completed.v1");
  }

  @Test
  void cancelsItsOpenTasks() {
    pipeline.ask(registerAgent(agent, 1, skill));
    pipeline.ask(create(workflowTask(first, skill), workflowTask(second, skill, first)));
    pipeline.eventsAbout(first, 2);

    pipeline.ask(command("workflow.cancel.v1", workflow, Map.of("reason", "Not needed.")));

    Event canceled = pipeline.eventsAbout(first, 3).getLast();
    assertThat(canceled.type()).isEqualTo("task.canceled.v1");
    assertThat(canceled.header("ce_agentid")).isEqualTo(agent.toString());
    assertThat(pipeline.eventsAbout(second, 2).getLast().type()).isEqualTo("task.canceled.v1");
    assertThat(pipeline.eventsAbout(workflow, 3).getLast().type())
        .isEqualTo("workflow.canceled.v1");
    assertThat(pipeline.get("/api/v2/agents/" + agent).get("running_tasks").intValue()).isZero();
    Event late = pipeline.ask(autoTask(third, Map.of("workflow_id", workflow.toString()), skill));
    assertThat(late.rejection()).isEqualTo("INVALID_STATE");
  }

  @Test
  void countsATaskCanceledByCommandAsFailed() {
    pipeline.ask(create(workflowTask(first, skill), workflowTask(second, skill)));

    pipeline.ask(cancel(first));

    assertThat(pipeline.eventsAbout(second, 2).getLast().type()).isEqualTo("task.canceled.v1");
    assertThat(pipeline.eventsAbout(workflow, 2).getLast().type()).isEqualTo("workflow.failed.v1");
  }

  @Test
  void failsWhenItsTimeRunsOut() {
    try (Pipeline own = Pipeline.start(2)) {
      own.ask(registerAgent(agent, 1, skill));
      own.ask(
          createWorkflow(
              workflow,
              Map.of("timeout_seconds", 3600),
              List.of(workflowTask(first, skill), workflowTask(second, skill, first))));
      own.eventsAbout(first, 2);
      own.moveClock(Duration.ofSeconds(3601));

      Event failed = own.eventsAbout(workflow, 3).getLast();
      assertThat(failed.type()).isEqualTo("workflow.failed.v1");
      assertThat(failed.commandSource()).isEqualTo("/agent-orchestrator/timer");
      assertThat(own.eventsAbout(first, 3).getLast().type()).isEqualTo("task.canceled.v1");
      assertThat(own.eventsAbout(second, 2).getLast().type()).isEqualTo("task.canceled.v1");
    }
  }

  @Test
  void timesAnAttemptOutAndTriesAgain() {
    try (Pipeline own = Pipeline.start(2)) {
      own.ask(registerAgent(agent, 1, skill));
      own.ask(autoTask(first, Map.of("timeout_seconds", 600, "max_retries", 1), skill));
      own.eventsAbout(first, 2);
      own.moveClock(Duration.ofSeconds(601));
      assertThat(own.eventsAbout(first, 5))
          .extracting(Event::type)
          .containsExactly(
              "task.created.v1",
              "task.assigned.v1",
              "task.timed-out.v1",
              "task.retry-scheduled.v1",
              "task.assigned.v1");
      own.moveClock(Duration.ofSeconds(1300));
      assertThat(own.eventsAbout(first, 7))
          .extracting(Event::type)
          .endsWith("task.timed-out.v1", "task.failed.v1");
      assertThat(own.get("/api/v2/agents/" + agent).at("/performance/failed").intValue())
          .isEqualTo(2);
      assertThat(Folding.of(own.eventsAbout(first, 7)))
          .isEqualTo(Folding.resource(own, "/api/v2/tasks/", first));
    }
  }

  @Test
  void refusesWhatIsNoPlan() {
    assertRefused(
        "INVALID_ARGUMENT", workflowTask(first, skill, second), workflowTask(second, skill, first));
    assertRefused("INVALID_ARGUMENT", workflowTask(first, skill, first));
    assertRefused("INVALID_ARGUMENT", workflowTask(first, skill), workflowTask(first, skill));
    assertRefused(
        "INVALID_ARGUMENT", workflowTask(first, skill, third), workflowTask(second, skill));
    assertThat(
            Pipeline.http(pipeline.worker().rest().resolve("/api/v2/workflows/" + workflow))
                .statusCode())
        .isEqualTo(404);

    pipeline.ask(create(workflowTask(first, skill)));
    assertRefused("ALREADY_EXISTS", workflowTask(second, skill));
    Event foreign =
        pipeline.ask(
            createWorkflow(UUID.randomUUID(), Map.of(), List.of(workflowTask(first, skill))));
    assertThat(foreign.rejection()).isEqualTo("ALREADY_EXISTS");
    assertThat(foreign.reason()).contains(first.toString());
    Event nowhere =
        pipeline.ask(autoTask(third, Map.of("workflow_id", UUID.randomUUID().toString()), skill));
    assertThat(nowhere.rejection()).isEqualTo("NOT_FOUND");
    assertThat(pipeline.ask(command("workflow.cancel.v1", UUID.randomUUID(), Map.of())).rejection())
        .isEqualTo("NOT_FOUND");
  }

  private void assertRefused(String type, ObjectNode... tasks) {
    Event refused = pipeline.ask(create(tasks));
    assertThat(refused.type()).isEqualTo("command.rejected.v1");
    assertThat(refused.rejection()).isEqualTo(type);
    assertThat(refused.data().get("entity_type").stringValue()).isEqualTo("workflow");
  }

  private ObjectNode create(ObjectNode... tasks) {
    return createWorkflow(workflow, Map.of(), List.of(tasks));
  }

  private List<ObjectNode> lattice() {
    List<ObjectNode> tasks = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      for (int column = 0; column < COLUMNS; column++) {
        tasks.add(
            workflowTask(
                lattice.get(row).get(column), skill, before(row, column).toArray(UUID[]::new)));
      }
    }
    return tasks;
  }

  private List<UUID> before(int row, int column) {
    return row == 0
        ? List.of()
        : List.of(
            lattice.get(row - 1).get(column), lattice.get(row - 1).get((column + 1) % COLUMNS));
  }

  /** All that waits for a task, directly or not. */
  private Set<UUID> behind(UUID task) {
    Set<UUID> behind = new HashSet<>();
    behind.add(task);
    for (int row = 1; row < ROWS; row++) {
      for (int column = 0; column < COLUMNS; column++) {
        if (before(row, column).stream().anyMatch(behind::contains)) {
          behind.add(lattice.get(row).get(column));
        }
      }
    }
    behind.remove(task);
    return behind;
  }

  private static Set<UUID> tasks(List<Event> events, String type) {
    Set<UUID> tasks = new HashSet<>();
    events.stream()
        .filter(each -> each.type().equals(type))
        .forEach(each -> tasks.add(UUID.fromString(String.valueOf(each.key()))));
    return tasks;
  }

  /** Positions are drawn under the workflow's lock, so they tell the order in it. */
  private void assertInOrder(List<Event> events) {
    Set<UUID> completed = new HashSet<>();
    events.stream()
        .sorted(Comparator.comparingLong(Event::position))
        .filter(each -> each.type().startsWith("task."))
        .forEach(
            event -> {
              UUID task = UUID.fromString(String.valueOf(event.key()));
              if (event.type().equals("task.completed.v1")) {
                completed.add(task);
              } else if (event.type().equals("task.assigned.v1")) {
                for (int row = 0; row < ROWS; row++) {
                  int column = lattice.get(row).indexOf(task);
                  if (column >= 0) {
                    assertThat(completed).containsAll(before(row, column));
                  }
                }
              }
            });
  }

  private static void assertNoDeadlocks(Pipeline pipeline) {
    assertThat(
            Settling.count(
                pipeline.site(),
                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
        .isZero();
  }
}
