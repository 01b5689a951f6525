package io.agentorchestrator.tasks;

import static io.agentorchestrator.tasks.Board.AGENT;
import static io.agentorchestrator.tasks.Board.OTHER;
import static io.agentorchestrator.tasks.Board.creation;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.agents.AgentActivity;
import io.agentorchestrator.log.Appended;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of a task whose attempt takes too long. */
class TaskTimeoutTest {

  private static final TaskError TIMED_OUT =
      new TaskError("TIMED_OUT", "The attempt took longer than 60 s.");

  private final Board board = new Board();

  @AfterEach
  void toldAll() {
    board.assertTold(List.of());
  }

  @ParameterizedTest
  @EnumSource(names = {"ASSIGNED", "WORKING", "INPUT_REQUIRED"})
  void goesBackToTheQueueAndWaits(TaskStatus from) {
    board.bring(1, creation().timeout(60), from);
    board.later(Duration.ofSeconds(60));

    timeOut(1);

    assertThat(board.events(null))
        .containsExactly(EventType.TASK_TIMED_OUT, EventType.TASK_RETRY_SCHEDULED);
    assertThat(board.appended()).extracting(each -> each.occurred().agentId()).containsOnly(AGENT);
    Appended timedOut = board.appended().getFirst();
    assertThat(new HashMap<>(timedOut.changes()))
        .isEqualTo(Map.of("error", TIMED_OUT, "updated_at", board.now()));
    assertThat(timedOut.occurred().status()).isEqualTo(EventStatus.SUCCESS);
    assertThat(fields(1))
        .containsEntry("status", TaskStatus.SUBMITTED)
        .containsEntry("assigned_agent_id", null)
        .containsEntry("started_at", null)
        .containsEntry("deadline_at", null)
        .containsEntry("progress", null)
        .containsEntry("attempt", 1)
        .containsEntry("retry_count", 1);
    assertThat((Instant) Objects.requireNonNull(fields(1).get("retry_at")))
        .isBetween(board.now().plusMillis(800), board.now().plusMillis(1200));
    assertThat(board.running(AGENT)).isZero();
    assertCounted(0, 1);
  }

  @Test
  void failsWithoutARetryAndTakesItsDependantsAlong() {
    board.bring(1, creation().timeout(60).retries(0), TaskStatus.ASSIGNED);
    board.create(2, 1);
    board.create(3, 2);
    board.later(Duration.ofSeconds(61));

    timeOut(1);

    assertThat(board.events(null))
        .containsExactly(
            EventType.TASK_TIMED_OUT,
            EventType.TASK_FAILED,
            EventType.TASK_CANCELED,
            EventType.TASK_CANCELED);
    assertThat(board.appended().get(1).occurred().status()).isEqualTo(EventStatus.FAILURE);
    assertThat(fields(1))
        .containsEntry("status", TaskStatus.FAILED)
        .containsEntry("error", TIMED_OUT)
        .containsEntry("assigned_agent_id", AGENT)
        .containsEntry("started_at", board.now())
        .containsEntry("completed_at", board.now())
        .containsEntry("retry_at", null);
    assertThat(board.running(AGENT)).isZero();
    assertCounted(0, 1);
  }

  @Test
  void isLeftAloneUntilItsDeadline() {
    board.bring(1, creation().timeout(60), TaskStatus.WORKING);
    board.later(Duration.ofSeconds(60).minusNanos(1000));

    timeOut(1);

    assertThat(board.appended()).isEmpty();
    assertCounted(0, 0);
    assertThat(board.running(AGENT)).isEqualTo(1);
  }

  @Test
  void isLeftAloneWithoutATimeout() {
    board.bring(1, TaskStatus.WORKING);
    board.later(Duration.ofDays(365));

    timeOut(1);

    assertThat(board.appended()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"SUBMITTED", "COMPLETED", "FAILED", "CANCELED"})
  void isLeftAloneWhereNobodyHoldsIt(TaskStatus from) {
    board.bring(1, creation().timeout(60), from);
    board.later(Duration.ofDays(1));
    AgentActivity activity = board.fleet().locked().activity(AGENT);
    long failed = activity.failed();

    timeOut(1);

    assertThat(board.appended()).isEmpty();
    assertThat(activity.failed()).isEqualTo(failed);
  }

  @Test
  void hasItsTimeAnewWithEachAttempt() {
    board.bring(1, creation().timeout(60), TaskStatus.WORKING);
    board.later(Duration.ofSeconds(60));
    timeOut(1);
    board.later(Duration.ofSeconds(10));
    board.accept(1, new AssignTask(OTHER));

    assertThat(fields(1)).containsEntry("deadline_at", board.now().plusSeconds(60));
    board.later(Duration.ofSeconds(59));
    timeOut(1);
    assertThat(board.appended()).isEmpty();
  }

  private void timeOut(int number) {
    board.lifecycle().timeOut(board.task(number), board.change());
  }

  private void assertCounted(long completed, long failed) {
    AgentActivity activity = board.fleet().locked().activity(AGENT);
    assertThat(activity.completed()).isEqualTo(completed);
    assertThat(activity.failed()).isEqualTo(failed);
  }

  private Map<String, @Nullable Object> fields(int number) {
    return board.task(number).fields();
  }
}
