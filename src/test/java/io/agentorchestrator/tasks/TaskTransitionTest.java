package io.agentorchestrator.tasks;

import static io.agentorchestrator.tasks.Board.AGENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.agentorchestrator.log.Appended;
import io.agentorchestrator.log.Decision;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.messages.RejectionType;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every request to a task in every state: allowed with its event, or nothing happens at all. */
class TaskTransitionTest {

  /**
   * What the contract makes of each request: the state it leads to, with an event; {@code refused}
   * for what a command may ask for; {@code nothing}; or {@code never} for what the caller must not
   * ask for.
   */
  private static final String CONTRACT =
      """
      request             submitted assigned  working   input_required completed failed  canceled
      assign              assigned  refused   refused   refused        refused   refused refused
      start               refused   working   refused   refused        refused   refused refused
      progress            refused   working   working   working        refused   refused refused
      begin_before_input  nothing   working   nothing   nothing        nothing   nothing nothing
      input_required      refused   never     input_required input_required refused refused refused
      complete            refused   completed completed completed      refused   refused refused
      fail                refused   submitted submitted submitted      refused   refused refused
      fail_last           refused   failed    failed    failed         refused   refused refused
      fail_for_good       refused   failed    failed    failed         refused   refused refused
      time_out            nothing   assigned  working   input_required nothing   nothing nothing
      time_out_early      nothing   nothing   nothing   nothing        nothing   nothing nothing
      end_timed_out       never     submitted submitted submitted      never     never   never
      end_timed_out_last  never     failed    failed    failed         never     never   never
      release             refused   submitted submitted submitted      refused   refused refused
      release_lost        refused   submitted submitted submitted      refused   refused refused
      release_lost_last   refused   assigned  working   input_required refused   refused refused
      give_up_lost        nothing   failed    failed    failed         nothing   nothing nothing
      cancel              canceled  canceled  canceled  canceled       refused   refused refused
      """;

  private static final Duration DELAY = Duration.ofMillis(1_234);
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final TaskError TIMED_OUT =
      new TaskError("TIMED_OUT", "The attempt took longer than 60 s.");
  private static final TaskError LOST =
      new TaskError("AGENT_LOST", "The lease of agent %s ran out.".formatted(AGENT));

  private final Board board = new Board();

  static Stream<Arguments> pairs() {
    List<String[]> rows = CONTRACT.lines().map(line -> line.split(" +")).toList();
    assertThat(rows.getFirst())
        .containsExactly(
            Stream.concat(
                    Stream.of("request"), Arrays.stream(TaskStatus.values()).map(TaskStatus::value))
                .toArray(String[]::new));
    TaskStatus[] states = TaskStatus.values();
    return rows.stream()
        .skip(1)
        .flatMap(
            row ->
                IntStream.range(0, states.length)
                    .mapToObj(i -> Arguments.of(row[0], states[i], row[1 + i])));
  }

  @ParameterizedTest(name = "{0} in state {1}: {2}")
  @MethodSource("pairs")
  void obeysTheContract(String request, TaskStatus from, String outcome) {
    int retries = request.endsWith("_last") ? 0 : 3;
    board.bring(1, Board.creation().timeout(60).retries(retries), from);
    board.later(request.equals("time_out_early") ? TIMEOUT.minusMillis(1) : TIMEOUT);
    Map<String, @Nullable Object> before = new LinkedHashMap<>(task().fields());

    if (outcome.equals("never")) {
      assertThatIllegalStateException()
          .isThrownBy(() -> ask(request))
          .withMessageContaining("no transition of a task");
      assertUntouched(before);
    } else if (outcome.equals("refused")) {
      Rejection rejection = ask(request).orElseThrow();
      assertThat(rejection.type()).isEqualTo(RejectionType.INVALID_STATE);
      assertThat(rejection.reason())
          .matches("Expected to .* task .*, but it is in state %s\\.".formatted(from.value()));
      assertUntouched(before);
    } else if (outcome.equals("nothing")) {
      assertThat(ask(request)).isEmpty();
      assertUntouched(before);
    } else {
      assertThat(ask(request)).isEmpty();
      assertHappened(request, outcome, before);
    }
    board.assertTold(List.of());
    assertThat(board.running(AGENT)).isEqualTo(task().status().isHeld() ? 1 : 0);
  }

  private Optional<Rejection> ask(String request) {
    Instant now = board.now();
    Task task = task();
    Supplier<Decision> asked =
        switch (request) {
          case "assign" ->
              () ->
                  task.assign(
                      board.fleet().locked().find(AGENT).orElseThrow(),
                      board.running(AGENT),
                      List.of(),
                      now);
          case "start" -> () -> task.start(Board.start(1), now);
          case "progress" -> () -> task.progress(Board.progress(1, false), now);
          case "begin_before_input" ->
              () -> task.beginBeforeInputRequired(Board.progress(1, true), now);
          case "input_required" -> () -> task.progress(Board.progress(1, true), now);
          case "complete" -> () -> task.complete(Board.complete(1), now);
          case "fail", "fail_last" -> () -> task.fail(Board.fail(1, true), DELAY, now);
          case "fail_for_good" -> () -> task.fail(Board.fail(1, false), DELAY, now);
          case "time_out", "time_out_early" -> () -> task.timeOut(now);
          case "end_timed_out", "end_timed_out_last" -> () -> task.endTimedOut(DELAY, now);
          case "release" -> () -> task.release("Gone.");
          case "release_lost", "release_lost_last" -> () -> task.releaseLost("Lost.");
          case "give_up_lost" -> () -> task.giveUpLost(now);
          case "cancel" -> () -> task.cancel("Paid.", now);
          default -> throw new IllegalArgumentException(request);
        };
    return board.change().of(task, asked);
  }

  private void assertHappened(String request, String to, Map<String, @Nullable Object> before) {
    Map<String, @Nullable Object> after = new LinkedHashMap<>(before);
    after.putAll(written(request, to, before));
    after.put("updated_at", board.now());
    assertThat(task().fields()).isEqualTo(after);
    assertThat(board.appended()).hasSize(1);
    Appended event = board.appended().getFirst();
    assertThat(new HashMap<>(event.changes())).isEqualTo(differences(before, after));
    assertThat(event.type()).isEqualTo(eventOf(request, to));
    assertThat(event.occurred().status())
        .isEqualTo(to.equals("failed") ? EventStatus.FAILURE : EventStatus.SUCCESS);
    assertThat(new HashMap<>(event.occurred().details())).isEqualTo(details(request));
    boolean neverHeld = before.get("assigned_agent_id") == null && !request.equals("assign");
    assertThat(event.occurred().agentId()).isEqualTo(neverHeld ? null : AGENT);
  }

  /** The fields that a request writes, whatever was in them. */
  private Map<String, @Nullable Object> written(
      String request, String to, Map<String, @Nullable Object> before) {
    Map<String, @Nullable Object> written = new HashMap<>();
    written.put("status", TaskStatus.valueOf(to.toUpperCase(Locale.ROOT)));
    switch (to) {
      case "submitted" -> {
        List.of("assigned_agent_id", "started_at", "deadline_at", "progress")
            .forEach(field -> written.put(field, null));
        written.put("retry_count", request.equals("release") ? 0 : 1);
      }
      case "completed", "failed" -> {
        written.put("started_at", Objects.requireNonNullElse(before.get("started_at"), now()));
        written.put("completed_at", now());
      }
      case "canceled" -> written.put("completed_at", now());
      default -> {}
    }
    switch (request) {
      case "assign" -> {
        written.put("assigned_agent_id", AGENT);
        written.put("attempt", 1);
        written.put("deadline_at", board.now().plus(TIMEOUT));
      }
      case "start", "begin_before_input" -> written.put("started_at", now());
      case "progress", "input_required" -> {
        written.put("started_at", Objects.requireNonNullElse(before.get("started_at"), now()));
        written.put("progress", 0.5);
      }
      case "complete" -> written.put("result", new JsonObject("{\"total\":1}"));
      case "fail" -> {
        written.put("error", new TaskError("TIMEOUT", "Too late."));
        written.put("retry_at", board.now().plus(DELAY));
      }
      case "fail_last", "fail_for_good" ->
          written.put("error", new TaskError("TIMEOUT", "Too late."));
      case "time_out" -> written.put("error", TIMED_OUT);
      case "end_timed_out" -> written.put("retry_at", board.now().plus(DELAY));
      case "give_up_lost" -> written.put("error", LOST);
      default -> {}
    }
    return written;
  }

  private static EventType eventOf(String request, String to) {
    return switch (request) {
      case "assign" -> EventType.TASK_ASSIGNED;
      case "start", "begin_before_input" -> EventType.TASK_STARTED;
      case "progress", "input_required" -> EventType.TASK_PROGRESSED;
      case "complete" -> EventType.TASK_COMPLETED;
      case "time_out" -> EventType.TASK_TIMED_OUT;
      case "release", "release_lost", "release_lost_last" -> EventType.TASK_RELEASED;
      case "cancel" -> EventType.TASK_CANCELED;
      default -> to.equals("failed") ? EventType.TASK_FAILED : EventType.TASK_RETRY_SCHEDULED;
    };
  }

  private Map<String, ?> details(String request) {
    return switch (request) {
      case "assign" ->
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
                  board.now().plus(TIMEOUT),
                  "attempt",
                  1));
      case "progress", "input_required" -> Map.of("message", "Half.");
      case "time_out" -> Map.of("attempt", 1);
      case "release" -> Map.of("reason", "Gone.");
      case "release_lost", "release_lost_last" -> Map.of("reason", "Lost.");
      case "cancel" -> Map.of("reason", "Paid.");
      default -> Map.of();
    };
  }

  private static Map<String, @Nullable Object> differences(
      Map<String, @Nullable Object> before, Map<String, @Nullable Object> after) {
    Map<String, @Nullable Object> changes = new HashMap<>(after);
    changes.entrySet().removeIf(e -> Objects.equals(before.get(e.getKey()), e.getValue()));
    return changes;
  }

  private void assertUntouched(Map<String, @Nullable Object> before) {
    assertThat(task().fields()).isEqualTo(before);
    assertThat(board.appended()).isEmpty();
  }

  private Object now() {
    return board.now();
  }

  private Task task() {
    return board.task(1);
  }
}
