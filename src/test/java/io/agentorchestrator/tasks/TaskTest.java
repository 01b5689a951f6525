package io.agentorchestrator.tasks;

import static io.agentorchestrator.tasks.Board.AGENT;
import static io.agentorchestrator.tasks.Board.NOW;
import static io.agentorchestrator.tasks.Board.OTHER;
import static io.agentorchestrator.tasks.Board.id;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.agents.AgentStatus;
import io.agentorchestrator.log.Appended;
import io.agentorchestrator.log.Decision;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.Command.CancelTask;
import io.agentorchestrator.messages.Command.CompleteTask;
import io.agentorchestrator.messages.Command.DeregisterAgent;
import io.agentorchestrator.messages.Command.FailTask;
import io.agentorchestrator.messages.Command.HolderCommand;
import io.agentorchestrator.messages.Command.ReportProgress;
import io.agentorchestrator.messages.Command.StartTask;
import io.agentorchestrator.messages.Command.TaskCommand;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.messages.RejectionType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class TaskTest {

  /** The contract's table: where each state may lead. */
  private static final Map<TaskStatus, Set<TaskStatus>> CONTRACT =
      Map.of(
          TaskStatus.SUBMITTED, states("assigned", "canceled"),
          TaskStatus.ASSIGNED, states("working", "completed", "failed", "canceled", "submitted"),
          TaskStatus.WORKING,
              states("input_required", "completed", "failed", "canceled", "submitted"),
          TaskStatus.INPUT_REQUIRED,
              states("working", "completed", "failed", "canceled", "submitted"),
          TaskStatus.COMPLETED, Set.of(),
          TaskStatus.FAILED, Set.of(),
          TaskStatus.CANCELED, Set.of());

  private final Board board = new Board();

  static Stream<Arguments> pairs() {
    return Arrays.stream(TaskStatus.values())
        .flatMap(from -> Arrays.stream(TaskStatus.values()).map(to -> Arguments.of(from, to)));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void goesOnlyWhereTheContractLetsIt(TaskStatus from, TaskStatus to) {
    assertThat(from.successors().contains(to))
        .isEqualTo(Objects.requireNonNull(CONTRACT.get(from)).contains(to));
  }

  @Test
  void knowsWhichStatesAreHeldAndWhichAreFinal() {
    assertThat(EnumSet.allOf(TaskStatus.class))
        .filteredOn(TaskStatus::isHeld)
        .isEqualTo(List.copyOf(states("assigned", "working", "input_required")));
    assertThat(EnumSet.allOf(TaskStatus.class))
        .filteredOn(TaskStatus::isFinal)
        .isEqualTo(List.copyOf(states("completed", "failed", "canceled")));
  }

  /**
   * What a command makes of each state.
   *
   * @param to the states it leads to from each, in the order of the states; a dash is a refusal
   */
  private record Row(String what, TaskCommand command, List<String> to) {

    Stream<Arguments> arguments() {
      Iterator<String> next = to.iterator();
      return Arrays.stream(TaskStatus.values())
          .map(from -> Arguments.of(what, from, next.next(), command));
    }
  }

  static Stream<Arguments> commands() {
    String waiting = TaskStatus.INPUT_REQUIRED.value();
    return Stream.of(
            new Row(
                "assign", new AssignTask(AGENT), List.of("assigned", "-", "-", "-", "-", "-", "-")),
            new Row("start", Board.start(1), List.of("-", "working", "-", "-", "-", "-", "-")),
            held("progress", Board.progress(1, false), "working"),
            held("input required", Board.progress(1, true), waiting),
            held("complete", Board.complete(1), "completed"),
            held("fail", Board.fail(1, true), "submitted"),
            held("fail for good", Board.fail(1, false), "failed"),
            new Row(
                "cancel",
                new CancelTask(null),
                List.of("canceled", "canceled", "canceled", "canceled", "-", "-", "-")))
        .flatMap(Row::arguments);
  }

  private static Row held(String what, TaskCommand command, String to) {
    return new Row(what, command, List.of("-", to, to, to, "-", "-", "-"));
  }

  @ParameterizedTest(name = "{0} in state {1} leads to {2}")
  @MethodSource("commands")
  void obeysOrRefusesByItsState(String what, TaskStatus from, String to, TaskCommand command) {
    board.bring(1, from);
    Map<String, @Nullable Object> before = task().fields();
    int running = board.running(AGENT);

    Optional<Rejection> rejection = board.apply(1, command);

    if (to.equals("-")) {
      assertThat(rejection.map(Rejection::type)).contains(RejectionType.INVALID_STATE);
      assertThat(rejection.orElseThrow().reason())
          .matches("Expected to .* task " + id(1) + ", but it is in state " + from.value() + "\\.");
      assertThat(task().fields()).isEqualTo(before);
      assertThat(board.running(AGENT)).isEqualTo(running);
    } else {
      assertThat(rejection).isEmpty();
      assertThat(task().status().value()).isEqualTo(to);
      assertThat(board.running(AGENT)).isEqualTo(task().status().isHeld() ? 1 : 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void isReleasedWhereItIsHeld(TaskStatus from) {
    board.bring(1, from);
    Map<String, @Nullable Object> before = task().fields();

    Decision decision = task().release("Gone.");

    if (from.isHeld()) {
      assertThat(task().status()).isEqualTo(TaskStatus.SUBMITTED);
      Decision.Occurred released = (Decision.Occurred) decision;
      assertThat(released.type()).isEqualTo(EventType.TASK_RELEASED);
      assertThat(released.agentId()).isEqualTo(AGENT);
      assertThat(new HashMap<>(released.details())).isEqualTo(Map.of("reason", "Gone."));
      assertReturned(before);
      assertThat(fields()).containsEntry("retry_count", 0).containsEntry("retry_at", null);
    } else {
      assertThat(decision).isInstanceOf(Decision.Refused.class);
      assertThat(task().fields()).isEqualTo(before);
    }
  }

  @Test
  void showsTheFieldsOfTheContractInItsOrder() {
    UUID workflow = new UUID(3, 3);
    board.create(2);
    Task task =
        new Task(
            id(1),
            Board.creation()
                .requiring("ocr")
                .dependsOn(2)
                .parent(2)
                .workflow(workflow)
                .timeout(60)
                .retries(5)
                .build(),
            workflow,
            new QueuePlace(List.of("ocr"), NOW, 1, false),
            NOW);

    assertThat(task.entityType()).isEqualTo(EntityType.TASK);
    assertThat(String.join(", ", task.fields().keySet()))
        .isEqualTo(
            "type, name, description, input, result, error, status, priority,"
                + " required_capabilities, assigned_agent_id, workflow_id, parent_task_id,"
                + " depends_on, assignment, attempt, retry_count, max_retries, retry_at,"
                + " timeout_seconds, deadline_at, progress, tags, metadata, created_at,"
                + " started_at, completed_at, updated_at");
    Map<String, @Nullable Object> expected = new HashMap<>();
    expected.put("type", "invoice");
    expected.put("name", "Invoice");
    expected.put("description", "Read it.");
    expected.put("input", new JsonObject("{\"page\":1}"));
    expected.put("result", null);
    expected.put("error", null);
    expected.put("status", TaskStatus.SUBMITTED);
    expected.put("priority", (short) 3);
    expected.put("required_capabilities", List.of("ocr"));
    expected.put("assigned_agent_id", null);
    expected.put("workflow_id", workflow);
    expected.put("parent_task_id", id(2));
    expected.put("depends_on", List.of(id(2)));
    expected.put("assignment", "manual");
    expected.put("attempt", 0);
    expected.put("retry_count", 0);
    expected.put("max_retries", 5);
    expected.put("retry_at", null);
    expected.put("timeout_seconds", 60);
    expected.put("deadline_at", null);
    expected.put("progress", null);
    expected.put("tags", List.of("tag"));
    expected.put("metadata", new JsonObject("{\"a\":1}"));
    expected.put("created_at", NOW);
    expected.put("started_at", null);
    expected.put("completed_at", null);
    expected.put("updated_at", NOW);
    assertThat(task.fields()).isEqualTo(expected);
  }

  @Test
  void isAssignedWithAllThatTheAgentNeeds() {
    board.accept(1, Board.creation().timeout(60).build());
    board.later();

    board.assign(1);

    assertThat(lastChanges())
        .isEqualTo(
            Map.of(
                "status",
                TaskStatus.ASSIGNED,
                "assigned_agent_id",
                AGENT,
                "attempt",
                1,
                "deadline_at",
                board.now().plusSeconds(60),
                "updated_at",
                board.now()));
    Decision.Occurred assigned = last().occurred();
    assertThat(assigned.type()).isEqualTo(EventType.TASK_ASSIGNED);
    assertThat(assigned.agentId()).isEqualTo(AGENT);
    assertThat(assigned.message())
        .isEqualTo("Task %s assigned to agent %s (attempt 1).", id(1), AGENT);
    assertThat(new HashMap<>(assigned.details()))
        .isEqualTo(
            Map.of(
                "task",
                Map.of(
                    "type",
                    "invoice",
                    "name",
                    "Invoice",
                    "description",
                    "Read it.",
                    "input",
                    new JsonObject("{\"page\":1}"),
                    "priority",
                    (short) 3,
                    "deadline_at",
                    board.now().plusSeconds(60),
                    "attempt",
                    1)));
  }

  @Test
  void hasNoDeadlineWithoutATimeout() {
    board.bring(1, TaskStatus.ASSIGNED);

    assertThat(fields()).containsEntry("deadline_at", null);
  }

  @Test
  void beginsWithTheFirstWordOfAnAttempt() {
    for (TaskCommand word :
        List.of(
            Board.start(1), Board.progress(1, false), Board.complete(1), Board.fail(1, false))) {
      Board fresh = new Board();
      fresh.bring(1, TaskStatus.ASSIGNED);
      fresh.later();

      fresh.accept(1, word);

      assertThat(fresh.task(1).fields()).containsEntry("started_at", fresh.now());
    }
  }

  @Test
  void keepsTheTimeAtWhichTheAttemptBegan() {
    board.bring(1, TaskStatus.WORKING);
    Instant began = board.now();
    board.later();
    board.accept(1, Board.progress(1, true));
    board.later();

    board.accept(1, Board.complete(1));

    assertThat(fields())
        .containsEntry("started_at", began)
        .containsEntry("completed_at", board.now());
    assertThat(task().duration()).hasSeconds(2);
  }

  @Test
  void hasBegunBeforeItWaitsForInput() {
    board.bring(1, TaskStatus.ASSIGNED);
    board.later();

    board.accept(1, Board.progress(1, true));

    assertThat(board.events(1)).containsExactly(EventType.TASK_STARTED, EventType.TASK_PROGRESSED);
    assertThat(board.appended().getFirst().changes().get("status")).isEqualTo(TaskStatus.WORKING);
    assertThat(lastChanges())
        .isEqualTo(Map.of("status", TaskStatus.INPUT_REQUIRED, "progress", 0.5));
    assertThat(new HashMap<>(last().occurred().details())).isEqualTo(Map.of("message", "Half."));
  }

  @Test
  void keepsTheProgressThatAReportDoesNotName() {
    board.bring(1, TaskStatus.ASSIGNED);
    board.accept(1, Board.progress(1, false));
    board.accept(1, new ReportProgress(AGENT, 1, false, null, null));

    assertThat(fields()).containsEntry("progress", 0.5);
    assertThat(last().occurred().details()).isEmpty();
    assertThat(board.events(1))
        .containsExactly(
            EventType.TASK_CREATED,
            EventType.TASK_ASSIGNED,
            EventType.TASK_PROGRESSED,
            EventType.TASK_PROGRESSED);
  }

  @Test
  void keepsItsHolderWhenItIsCompleted() {
    board.bring(1, TaskStatus.WORKING);
    board.later();

    board.accept(1, Board.complete(1));

    assertThat(lastChanges())
        .isEqualTo(
            Map.of(
                "status",
                TaskStatus.COMPLETED,
                "result",
                new JsonObject("{\"total\":1}"),
                "completed_at",
                board.now(),
                "updated_at",
                board.now()));
    assertThat(fields()).containsEntry("assigned_agent_id", AGENT);
  }

  @Test
  void isCompletedWithoutAResult() {
    board.bring(1, TaskStatus.ASSIGNED);

    board.accept(1, new CompleteTask(AGENT, 1, null));

    assertThat(fields()).containsEntry("result", null);
  }

  @Test
  void returnsToTheQueueWhileRetriesAreLeft() {
    board.accept(1, Board.creation().timeout(60).retries(1).build());
    board.assign(1);
    board.accept(1, Board.progress(1, false));
    Map<String, @Nullable Object> before = fields();
    board.later();

    board.accept(1, Board.fail(1, true));

    assertThat(last().type()).isEqualTo(EventType.TASK_RETRY_SCHEDULED);
    assertThat(last().occurred().agentId()).isEqualTo(AGENT);
    assertReturned(before);
    assertThat(fields())
        .containsEntry("retry_count", 1)
        .containsEntry("error", new TaskError("TIMEOUT", "Too late."))
        .containsEntry("completed_at", null);
    assertThat((Instant) fields().get("retry_at"))
        .isBetween(board.now().plusMillis(800), board.now().plusMillis(1200))
        .satisfies(at -> assertThat(at.truncatedTo(ChronoUnit.MICROS)).isEqualTo(at));
  }

  @Test
  void raisesTheAttemptAndForgetsTheDelayWithTheNextAssignment() {
    board.bring(1, TaskStatus.WORKING);
    board.accept(1, Board.fail(1, true));

    board.accept(1, new AssignTask(OTHER));

    assertThat(lastChanges()).containsEntry("attempt", 2).containsEntry("retry_at", null);
    assertThat(fields()).containsEntry("assigned_agent_id", OTHER);
  }

  @Test
  void failsForGoodWhenNoRetryIsLeft() {
    board.accept(1, Board.creation().retries(1).build());
    board.assign(1);
    board.accept(1, Board.fail(1, true));
    board.assign(1);
    board.later();

    board.accept(1, Board.fail(2, true));

    assertFailed();
    assertThat(fields()).containsEntry("retry_count", 1).containsEntry("attempt", 2);
  }

  @Test
  void failsAtOnceWhereItMayNotBeRetried() {
    board.bring(1, TaskStatus.ASSIGNED);
    board.later();

    board.accept(1, Board.fail(1, false));

    assertFailed();
    assertThat(fields()).containsEntry("retry_count", 0);
  }

  @Test
  void failsAtOnceWithoutRetries() {
    board.accept(1, Board.creation().retries(0).build());
    board.assign(1);
    board.later();

    board.accept(1, Board.fail(1, true));

    assertFailed();
  }

  @Test
  void forgetsTheErrorOfAnEarlierAttemptWhenItIsCompleted() {
    board.bring(1, TaskStatus.ASSIGNED);
    board.accept(1, Board.fail(1, true));
    board.assign(1);

    board.accept(1, Board.complete(2));

    assertThat(fields()).containsEntry("error", null).containsEntry("retry_at", null);
  }

  @Test
  void keepsItsHolderWhenItIsCanceled() {
    board.bring(1, TaskStatus.WORKING);
    board.later();

    board.accept(1, new CancelTask("Paid."));

    assertThat(lastChanges())
        .isEqualTo(
            Map.of(
                "status", TaskStatus.CANCELED,
                "completed_at", board.now(),
                "updated_at", board.now()));
    assertThat(last().type()).isEqualTo(EventType.TASK_CANCELED);
    assertThat(last().occurred().agentId()).isEqualTo(AGENT);
    assertThat(new HashMap<>(last().occurred().details())).isEqualTo(Map.of("reason", "Paid."));
  }

  @Test
  void concernsNoAgentWhenItIsCanceledInTheQueue() {
    board.bring(1, TaskStatus.ASSIGNED);
    board.accept(1, Board.fail(1, true));

    board.accept(1, new CancelTask(null));

    assertThat(last().occurred().agentId()).isNull();
    assertThat(fields()).containsEntry("retry_at", null).containsEntry("assigned_agent_id", null);
  }

  static Stream<HolderCommand> stale() {
    return Stream.of(
        new StartTask(OTHER, 2),
        new StartTask(AGENT, 1),
        new StartTask(AGENT, 3),
        new ReportProgress(OTHER, 2, false, 0.9, null),
        new ReportProgress(AGENT, 1, false, 0.9, null),
        new ReportProgress(AGENT, 1, true, 0.9, null),
        new CompleteTask(OTHER, 2, null),
        new CompleteTask(AGENT, 1, null),
        new FailTask(OTHER, 2, "CODE", "", true),
        new FailTask(AGENT, 3, "CODE", "", false));
  }

  @ParameterizedTest
  @MethodSource("stale")
  void isFencedFromOtherAgentsAndAttempts(HolderCommand command) {
    board.bring(1, TaskStatus.ASSIGNED);
    board.accept(1, Board.fail(1, true));
    board.assign(1);
    Map<String, @Nullable Object> before = fields();
    board.later();

    Optional<Rejection> rejection = board.apply(1, command);

    assertThat(rejection.map(Rejection::type)).contains(RejectionType.INVALID_STATE);
    assertThat(rejection.orElseThrow().reason()).matches("Expected to .*, but .*\\.");
    assertThat(fields()).isEqualTo(before);
    assertThat(board.appended()).isEmpty();
    assertThat(board.running(AGENT)).isEqualTo(1);
    assertThat(board.running(OTHER)).isZero();
    assertThat(board.fleet().locked().activity(command.agentId()).lastSeen())
        .isEqualTo(board.now());
  }

  @Test
  void namesTheFirstReasonAgainstAnAssignment() {
    UUID away = new UUID(1, 9);
    board.fleet().addOffline(away, NOW);
    UUID full = new UUID(1, 8);
    board.fleet().add(full, NOW, 1);
    board.create(2);
    board.accept(2, new AssignTask(full));
    board.create(3);
    board.accept(4, Board.creation().dependsOn(3).requiring("tts").build());
    board.accept(5, Board.creation().requiring("ocr", "tts", "stt").build());
    board.bring(6, TaskStatus.WORKING);
    board.later();

    assertRefused(6, away, "it is in state working");
    assertRefused(4, away, "it is blocked by [" + id(3) + "]");
    assertRefused(5, away, "the agent is offline");
    assertRefused(5, full, "all 1 slots of the agent are taken");
    assertRefused(5, AGENT, "the agent lacks the capabilities [tts, stt]");
    assertThat(board.appended()).isEmpty();
  }

  @Test
  void isAssignedToNobodyWhoIsDeregistered() {
    board.create(1);
    board
        .fleet()
        .apply(new DeregisterAgent(null), AGENT, board.change().cause(), board.change().log());

    assertRefused(1, AGENT, "the agent is " + AgentStatus.DEREGISTERED.value());
  }

  @Test
  void isAssignedOnceItsDependenciesAreCompleted() {
    board.create(1);
    board.create(2);
    board.create(3, 1, 2);
    board.assign(1);
    board.accept(1, Board.complete(1));
    assertRefused(3, AGENT, "it is blocked by [" + id(2) + "]");
    board.assign(2);
    board.accept(2, Board.complete(1));

    assertThat(board.apply(3, new AssignTask(AGENT))).isEmpty();
  }

  private void assertRefused(int number, UUID agent, String why) {
    Optional<Rejection> rejection = board.apply(number, new AssignTask(agent));

    assertThat(rejection.map(Rejection::type)).contains(RejectionType.INVALID_STATE);
    assertThat(rejection.orElseThrow().reason())
        .startsWith("Expected to assign task " + id(number))
        .endsWith(", but " + why + ".");
  }

  private void assertFailed() {
    assertThat(last().type()).isEqualTo(EventType.TASK_FAILED);
    assertThat(last().occurred().status()).isEqualTo(EventStatus.FAILURE);
    assertThat(fields())
        .containsEntry("status", TaskStatus.FAILED)
        .containsEntry("error", new TaskError("TIMEOUT", "Too late."))
        .containsEntry("completed_at", board.now())
        .containsEntry("started_at", board.now())
        .containsEntry("retry_at", null)
        .containsEntry("assigned_agent_id", AGENT);
  }

  private void assertReturned(Map<String, @Nullable Object> before) {
    assertThat(fields())
        .containsEntry("status", TaskStatus.SUBMITTED)
        .containsEntry("assigned_agent_id", null)
        .containsEntry("started_at", null)
        .containsEntry("deadline_at", null)
        .containsEntry("progress", null)
        .containsEntry("attempt", before.get("attempt"));
  }

  private Task task() {
    return board.task(1);
  }

  private Map<String, @Nullable Object> fields() {
    return task().fields();
  }

  private Appended last() {
    return board.appended().getLast();
  }

  private Map<String, @Nullable Object> lastChanges() {
    return new HashMap<>(last().changes());
  }

  private static Set<TaskStatus> states(String... values) {
    List<String> wanted = List.of(values);
    Set<TaskStatus> states = EnumSet.noneOf(TaskStatus.class);
    for (TaskStatus status : TaskStatus.values()) {
      if (wanted.contains(status.value())) {
        states.add(status);
      }
    }
    assertThat(states).hasSameSizeAs(wanted);
    return states;
  }
}
