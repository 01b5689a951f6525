package io.agentorchestrator.workflows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.agentorchestrator.log.Appended;
import io.agentorchestrator.log.Decision;
import io.agentorchestrator.log.Folds;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.messages.RejectionType;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every request to a workflow in every state: allowed with its event, or nothing happens. */
class WorkflowTransitionTest {

  /**
   * What the contract makes of each request: the state it leads to, with an event; {@code refused}
   * for what a command may ask for; {@code nothing}; or {@code never}. A paused workflow remembers
   * whether it had started.
   */
  private static final String CONTRACT =
      """
      request       pending  running   paused    paused_started completed failed  canceled
      task_assigned running  nothing   nothing   nothing        nothing   nothing nothing
      pause         paused   paused    refused   refused        refused   refused refused
      resume        refused  refused   pending   running        refused   refused refused
      cancel        canceled canceled  canceled  canceled       refused   refused refused
      complete      never    completed completed completed      never     never   never
      fail          failed   failed    failed    failed         never     never   never
      """;

  /** The contract's table: where each state may lead. */
  private static final Map<WorkflowStatus, List<String>> SUCCESSORS =
      Map.of(
          WorkflowStatus.PENDING, List.of("running", "paused", "failed", "canceled"),
          WorkflowStatus.RUNNING, List.of("paused", "completed", "failed", "canceled"),
          WorkflowStatus.PAUSED, List.of("pending", "running", "completed", "failed", "canceled"),
          WorkflowStatus.COMPLETED, List.of(),
          WorkflowStatus.FAILED, List.of(),
          WorkflowStatus.CANCELED, List.of());

  private static final Instant THEN = Instant.parse("2026-11-23T09:00:00.123456Z");
  private static final Instant NOW = THEN.plusSeconds(30);

  private final Workflow workflow =
      new Workflow(Plans.WORKFLOW, Plans.creation().timeout(60).build(), THEN);
  private final LogBatch past = new LogBatch(THEN);
  private final LogBatch log = new LogBatch(NOW);

  static Stream<Arguments> statePairs() {
    return Arrays.stream(WorkflowStatus.values())
        .flatMap(from -> Arrays.stream(WorkflowStatus.values()).map(to -> Arguments.of(from, to)));
  }

  static Stream<Arguments> requests() {
    List<String[]> rows = CONTRACT.lines().map(line -> line.split(" +")).toList();
    String[] states = rows.getFirst();
    return rows.stream()
        .skip(1)
        .flatMap(
            row ->
                IntStream.range(1, states.length)
                    .mapToObj(i -> Arguments.of(row[0], states[i], row[i])));
  }

  @ParameterizedTest
  @MethodSource("statePairs")
  void goesOnlyWhereTheContractLetsIt(WorkflowStatus from, WorkflowStatus to) {
    List<String> expected = Objects.requireNonNull(SUCCESSORS.get(from));

    assertThat(from.successors().contains(to)).isEqualTo(expected.contains(to.value()));
    assertThat(from.isFinal()).isEqualTo(expected.isEmpty());
  }

  @ParameterizedTest(name = "{0} in state {1}: {2}")
  @MethodSource("requests")
  void obeysTheContract(String request, String from, String outcome) {
    past.created(Appended.causedBy("1"), workflow, workflow.created());
    bring(from);
    Map<String, @Nullable Object> before = new LinkedHashMap<>(workflow.fields());

    if (outcome.equals("never")) {
      assertThatIllegalStateException()
          .isThrownBy(() -> ask(request))
          .withMessageContaining("no transition of a workflow");
      assertUntouched(before);
    } else if (outcome.equals("refused")) {
      Rejection rejection = ask(request).orElseThrow();
      assertThat(rejection.type()).isEqualTo(RejectionType.INVALID_STATE);
      assertThat(rejection.reason())
          .isEqualTo(
              "Expected to %s workflow %s, but it is in state %s.",
              request, Plans.WORKFLOW, status(from).value());
      assertUntouched(before);
    } else if (outcome.equals("nothing")) {
      assertThat(ask(request)).isEmpty();
      assertUntouched(before);
    } else {
      assertThat(ask(request)).isEmpty();
      assertHappened(request, outcome, before);
    }
    Folds folds = new Folds();
    folds.read(Appended.to(past));
    folds.read(Appended.to(log));
    folds.assertTell(workflow);
  }

  @Test
  void showsTheFieldsOfTheContractInItsOrder() {
    assertThat(workflow.entityType()).isEqualTo(EntityType.WORKFLOW);
    assertThat(String.join(", ", workflow.fields().keySet()))
        .isEqualTo(
            "name, description, user_id, status, priority, on_task_failure, configuration,"
                + " metadata, timeout_seconds, deadline_at, created_at, started_at, completed_at,"
                + " updated_at");
    Map<String, @Nullable Object> expected = new HashMap<>();
    expected.put("name", "Month's end");
    expected.put("description", "Closes the books.");
    expected.put("user_id", "alice");
    expected.put("status", WorkflowStatus.PENDING);
    expected.put("priority", (short) 4);
    expected.put("on_task_failure", "fail");
    expected.put("configuration", new JsonObject("{\"currency\":\"EUR\"}"));
    expected.put("metadata", new JsonObject("{\"b\":2}"));
    expected.put("timeout_seconds", 60);
    expected.put("deadline_at", THEN.plusSeconds(60));
    expected.put("created_at", THEN);
    expected.put("started_at", null);
    expected.put("completed_at", null);
    expected.put("updated_at", THEN);
    assertThat(workflow.fields()).isEqualTo(expected);
  }

  @Test
  void hasNoDeadlineWithoutATimeout() {
    Workflow unbounded = new Workflow(Plans.WORKFLOW, Plans.creation().continuing().build(), THEN);

    assertThat(unbounded.fields())
        .containsEntry("timeout_seconds", null)
        .containsEntry("deadline_at", null)
        .containsEntry("on_task_failure", "continue");
    assertThat(unbounded.isOverdue(Instant.MAX)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "pending, 59999999, false",
    "pending, 60000000, true",
    "running, 60000001, true",
    "paused, 60000000, true",
    "paused_started, 60000000, true",
    "completed, 60000000, false",
    "failed, 60000000, false",
    "canceled, 60000000, false"
  })
  void isOverdueWhileItIsOpen(String state, long micros, boolean overdue) {
    bring(state);

    assertThat(workflow.isOverdue(THEN.plusNanos(micros * 1000))).isEqualTo(overdue);
  }

  private void bring(String state) {
    switch (state) {
      case "pending" -> {}
      case "running" -> tell(past, () -> workflow.taskAssigned(THEN));
      case "paused" -> tell(past, () -> workflow.pause(null));
      case "paused_started" -> {
        tell(past, () -> workflow.taskAssigned(THEN));
        tell(past, () -> workflow.pause(null));
      }
      case "completed" -> {
        tell(past, () -> workflow.taskAssigned(THEN));
        tell(past, () -> workflow.complete(THEN));
      }
      case "failed" -> tell(past, () -> workflow.fail("Broken.", THEN));
      case "canceled" -> tell(past, () -> workflow.cancel(null, THEN));
      default -> throw new IllegalArgumentException(state);
    }
    assertThat(workflow.status()).isEqualTo(status(state));
  }

  private Optional<Rejection> ask(String request) {
    return tell(
        log,
        switch (request) {
          case "task_assigned" -> () -> workflow.taskAssigned(NOW);
          case "pause" -> () -> workflow.pause("Audit.");
          case "resume" -> () -> workflow.resume("Audit.");
          case "cancel" -> () -> workflow.cancel("Audit.", NOW);
          case "complete" -> () -> workflow.complete(NOW);
          case "fail" -> () -> workflow.fail("Broken.", NOW);
          default -> throw new IllegalArgumentException(request);
        });
  }

  private Optional<Rejection> tell(LogBatch batch, Supplier<Decision> request) {
    return batch.change(Appended.causedBy("2"), workflow, request);
  }

  private void assertHappened(String request, String to, Map<String, @Nullable Object> before) {
    Map<String, @Nullable Object> after = new LinkedHashMap<>(before);
    after.put("status", status(to));
    after.put("updated_at", NOW);
    if (request.equals("task_assigned")) {
      after.put("started_at", NOW);
    } else if (List.of("cancel", "complete", "fail").contains(request)) {
      after.put("completed_at", NOW);
    }
    assertThat(workflow.fields()).isEqualTo(after);
    assertThat(Appended.to(log)).hasSize(1);
    Appended event = Appended.to(log).getFirst();
    after.entrySet().removeIf(e -> Objects.equals(before.get(e.getKey()), e.getValue()));
    assertThat(new HashMap<>(event.changes())).isEqualTo(new HashMap<>(after));
    assertThat(event.type())
        .isEqualTo(
            switch (request) {
              case "task_assigned" -> EventType.WORKFLOW_STARTED;
              case "pause" -> EventType.WORKFLOW_PAUSED;
              case "resume" -> EventType.WORKFLOW_RESUMED;
              case "cancel" -> EventType.WORKFLOW_CANCELED;
              case "complete" -> EventType.WORKFLOW_COMPLETED;
              default -> EventType.WORKFLOW_FAILED;
            });
    assertThat(event.occurred().status())
        .isEqualTo(request.equals("fail") ? EventStatus.FAILURE : EventStatus.SUCCESS);
    assertThat(new HashMap<>(event.occurred().details()))
        .isEqualTo(
            switch (request) {
              case "pause", "resume", "cancel" -> Map.of("reason", "Audit.");
              case "fail" -> Map.of("reason", "Broken.");
              default -> Map.of();
            });
    assertThat(event.occurred().agentId()).isNull();
  }

  private void assertUntouched(Map<String, @Nullable Object> before) {
    assertThat(workflow.fields()).isEqualTo(before);
    assertThat(Appended.to(log)).isEmpty();
  }

  private static WorkflowStatus status(String state) {
    return WorkflowStatus.valueOf(state.replace("_started", "").toUpperCase(Locale.ROOT));
  }
}
