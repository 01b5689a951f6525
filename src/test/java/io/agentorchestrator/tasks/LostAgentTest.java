package io.agentorchestrator.tasks;

import static io.agentorchestrator.tasks.Board.AGENT;
import static io.agentorchestrator.tasks.Board.OTHER;
import static io.agentorchestrator.tasks.Board.creation;
import static io.agentorchestrator.tasks.Board.id;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.agents.Agent;
import io.agentorchestrator.log.Appended;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.messages.RejectionType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of the tasks of an agent whose lease ran out, or that left. */
class LostAgentTest {

  private final Board board = new Board();

  @AfterEach
  void toldAll() {
    board.assertTold(List.of());
  }

  @ParameterizedTest
  @EnumSource(names = {"ASSIGNED", "WORKING", "INPUT_REQUIRED"})
  void givesItsTasksBackAtOnceAtTheExpenseOfARetry(TaskStatus from) {
    board.bring(1, creation().timeout(60), from);
    board.later();

    lose();

    assertThat(board.events(null)).containsExactly(EventType.TASK_RELEASED);
    assertThat(board.appended().getFirst().occurred().agentId()).isEqualTo(AGENT);
    assertReturned(1);
    assertThat(fields(1))
        .containsEntry("retry_count", 1)
        .containsEntry("retry_at", null)
        .containsEntry("attempt", 1);
    assertThat(board.running(AGENT)).isZero();
    assertThat(board.fleet().locked().activity(AGENT).failed()).isEqualTo(1);
    board.accept(1, new AssignTask(OTHER));
    assertThat(fields(1)).containsEntry("attempt", 2);
  }

  @Test
  void fencesOffTheLostAttempt() {
    board.bring(1, TaskStatus.WORKING);
    lose();
    board.assign(1);
    board.later();

    assertThat(board.apply(1, Board.complete(1)).map(Rejection::type))
        .contains(RejectionType.INVALID_STATE);

    board.accept(1, Board.complete(2));
  }

  @ParameterizedTest
  @EnumSource(names = {"ASSIGNED", "WORKING", "INPUT_REQUIRED"})
  void releasesAndFailsWhatHasNoRetryLeft(TaskStatus from) {
    board.bring(1, creation().retries(0), from);
    board.create(2, 1);
    Map<String, @Nullable Object> before = fields(1);
    board.later();

    lose();

    assertThat(board.events(1)).containsExactly(EventType.TASK_RELEASED, EventType.TASK_FAILED);
    assertThat(board.events(2)).containsExactly(EventType.TASK_CANCELED);
    Appended released = board.appended().getFirst();
    assertThat(new HashMap<>(released.changes())).isEqualTo(Map.of("updated_at", board.now()));
    assertThat(released.occurred().agentId()).isEqualTo(AGENT);
    assertThat(fields(1))
        .containsEntry("status", TaskStatus.FAILED)
        .containsEntry("assigned_agent_id", AGENT)
        .containsEntry("attempt", before.get("attempt"))
        .containsEntry("retry_count", 0)
        .containsEntry(
            "error", new TaskError("AGENT_LOST", "The lease of agent %s ran out.".formatted(AGENT)))
        .containsEntry("completed_at", board.now());
    assertThat(board.running(AGENT)).isZero();
  }

  @Test
  void givesUpATaskThatIsLostOnceTooOften() {
    board.accept(1, creation().retries(2).build());
    for (int attempt = 1; attempt <= 2; attempt++) {
      board.assign(1);
      lose();
      assertThat(fields(1)).containsEntry("retry_count", attempt);
    }
    board.assign(1);
    board.later();

    lose();

    assertThat(board.events(1)).containsExactly(EventType.TASK_RELEASED, EventType.TASK_FAILED);
    assertThat(fields(1)).containsEntry("retry_count", 2).containsEntry("attempt", 3);
  }

  @Test
  void leavesAloneWhatFallsWithAnotherOfItsTasks() {
    board.bring(1, creation().retries(0), TaskStatus.WORKING);
    board.create(2, 1);
    board.createChild(3, 2);
    board.assign(3);
    board.bring(4, TaskStatus.WORKING);
    board.later();

    lose();

    assertThat(board.events(3)).containsExactly(EventType.TASK_CANCELED);
    assertThat(board.task(3).status()).isEqualTo(TaskStatus.CANCELED);
    assertThat(board.events(4)).containsExactly(EventType.TASK_RELEASED);
    assertThat(board.running(AGENT)).isZero();
    assertThat(board.fleet().locked().activity(AGENT).failed()).isEqualTo(2); // 1 and 4
  }

  @Test
  void givesItsTasksBackAlsoWhereItWasDisabledBefore() {
    board.bring(1, TaskStatus.WORKING);
    board.fleet().deactivate(AGENT, board.change().cause(), board.change().log());
    assertThat(board.task(1).status()).isEqualTo(TaskStatus.WORKING);
    board.later();
    Agent agent = board.fleet().locked().find(AGENT).orElseThrow();
    TaskChange change = board.change();

    board.fleet().registry().expire(agent, change.cause(), change.agents(), change.log());
    lose();

    assertThat(board.appended())
        .extracting(Appended::type)
        .containsExactly(EventType.TASK_RELEASED);
    assertReturned(1);
  }

  @Test
  void leavesTheTasksOfOthersAlone() {
    board.create(1);
    board.accept(1, new AssignTask(OTHER));
    board.bring(2, TaskStatus.COMPLETED);
    board.create(3);
    board.later();

    lose();

    assertThat(board.appended()).isEmpty();
    assertThat(board.running(OTHER)).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"ASSIGNED", "WORKING", "INPUT_REQUIRED"})
  void releasesAtNobodysExpenseWhenItLeaves(TaskStatus from) {
    board.bring(1, creation().retries(0), from);
    board.later();

    board.releaseAll(AGENT);

    assertThat(board.events(null)).containsExactly(EventType.TASK_RELEASED);
    assertReturned(1);
    assertThat(fields(1))
        .containsEntry("retry_count", 0)
        .containsEntry("retry_at", null)
        .containsEntry("attempt", 1);
    assertThat(board.running(AGENT)).isZero();
    assertThat(board.fleet().locked().activity(AGENT).failed()).isZero();
    assertThat(board.tasks().heldBy(AGENT)).isEmpty();
    assertThat(board.tasks().find(id(1)).map(Task::retryCount)).contains(0);
  }

  private void lose() {
    board.lifecycle().releaseLost(AGENT, board.change());
  }

  private void assertReturned(int number) {
    assertThat(fields(number))
        .containsEntry("status", TaskStatus.SUBMITTED)
        .containsEntry("assigned_agent_id", null)
        .containsEntry("started_at", null)
        .containsEntry("deadline_at", null)
        .containsEntry("progress", null);
  }

  private Map<String, @Nullable Object> fields(int number) {
    return board.task(number).fields();
  }
}
