package io.agentorchestrator.tasks;

import static io.agentorchestrator.tasks.Board.AGENT;
import static io.agentorchestrator.tasks.Board.OTHER;
import static io.agentorchestrator.tasks.Board.id;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.agents.AgentActivity;
import io.agentorchestrator.log.Appended;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.Command.CancelTask;
import io.agentorchestrator.messages.Command.StartTask;
import io.agentorchestrator.messages.Command.TaskCommand;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.messages.RejectionType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What commands do beyond the task they name. */
class TaskLifecycleTest {

  private static final UUID NOBODY = new UUID(9, 9);

  private final Board board = new Board();

  @Test
  void createsATaskWithAllItsFieldsInItsFirstEvent() {
    board.create(1);

    assertThat(board.events(null)).containsExactly(EventType.TASK_CREATED);
    assertThat(board.appended().getFirst().changes()).isEqualTo(board.task(1).fields());
    assertThat(board.tasks().created()).containsExactly(board.task(1));
  }

  @Test
  void rejectsACreationThatContradictsWhatIsThere() {
    board.bring(1, TaskStatus.CANCELED);
    board.bring(2, TaskStatus.FAILED);
    board.later();

    assertRejected(1, Board.creation().build(), RejectionType.ALREADY_EXISTS);
    assertRejected(3, Board.creation().parent(99).build(), RejectionType.NOT_FOUND);
    assertRejected(3, Board.creation().parent(1).build(), RejectionType.INVALID_STATE);
    assertRejected(3, Board.creation().parent(2).build(), RejectionType.INVALID_STATE);
    assertRejected(3, Board.creation().dependsOn(1, 99).build(), RejectionType.NOT_FOUND);
    assertRejected(3, Board.creation().dependsOn(3).build(), RejectionType.INVALID_ARGUMENT);
    assertRejected(3, Board.creation().dependsOn(1, 1).build(), RejectionType.INVALID_ARGUMENT);
    int[] many = IntStream.rangeClosed(100, 200).toArray();
    assertRejected(3, Board.creation().dependsOn(many).build(), RejectionType.INVALID_ARGUMENT);
    assertThat(board.tasks().find(id(3))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"FAILED", "CANCELED"})
  void cancelsANewTaskWhoseDependencyHasEndedBadly(TaskStatus ended) {
    board.bring(1, ended);
    board.later();

    board.create(2, 1);

    assertThat(board.events(null)).containsExactly(EventType.TASK_CREATED, EventType.TASK_CANCELED);
    assertThat(board.task(2).status()).isEqualTo(TaskStatus.CANCELED);
    assertThat(details(board.appended().getLast()))
        .isEqualTo(Map.of("reason", "Dependency %s is %s.".formatted(id(1), ended.value())));
  }

  @Test
  void leavesANewTaskAloneWhoseDependencyIsCompleted() {
    board.bring(1, TaskStatus.COMPLETED);

    board.create(2, 1);

    assertThat(board.task(2).status()).isEqualTo(TaskStatus.SUBMITTED);
    assertThat(board.tasks().blocking(board.task(2))).isEmpty();
  }

  @Test
  void cancelsChildrenAndDependantsAndTheirs() {
    board.create(1);
    board.createChild(2, 1);
    board.createChild(3, 2);
    board.create(4, 3);
    board.create(5, 1);
    board.createChild(6, 5);
    board.create(7);
    board.create(8, 7);
    board.later();

    board.accept(1, new CancelTask("Paid."));

    assertThat(board.events(null)).hasSize(6).containsOnly(EventType.TASK_CANCELED);
    assertThat(board.appended())
        .extracting(Appended::entityId)
        .containsExactlyInAnyOrder(id(1), id(2), id(3), id(4), id(5), id(6))
        .startsWith(id(1));
    assertThat(board.task(7).status()).isEqualTo(TaskStatus.SUBMITTED);
    assertThat(board.task(8).status()).isEqualTo(TaskStatus.SUBMITTED);
  }

  @Test
  void cancelsEachTaskOfADiamondOnce() {
    board.create(1);
    board.create(2, 1);
    board.create(3, 1);
    board.create(4, 2, 3);
    board.accept(5, Board.creation().parent(1).dependsOn(4, 1).build());
    board.later();

    board.accept(1, new CancelTask(null));

    assertThat(board.appended())
        .extracting(Appended::entityId)
        .containsExactlyInAnyOrder(id(1), id(2), id(3), id(4), id(5));
  }

  @Test
  void leavesWhatHasEndedAsItIs() {
    board.bring(1, TaskStatus.ASSIGNED);
    board.createChild(2, 1);
    board.assign(2);
    board.accept(2, Board.complete(1));
    board.later();

    board.accept(1, new CancelTask(null));

    assertThat(board.task(2).status()).isEqualTo(TaskStatus.COMPLETED);
    assertThat(board.events(2)).isEmpty();
  }

  @Test
  void freesTheSlotsOfWhatIsCanceled() {
    board.bring(1, TaskStatus.WORKING);
    board.createChild(2, 1);
    board.accept(2, new AssignTask(OTHER));
    board.createChild(3, 1);
    board.bring(4, TaskStatus.WORKING);
    board.later();

    board.accept(1, new CancelTask(null));

    assertThat(board.running(AGENT)).isEqualTo(1);
    assertThat(board.running(OTHER)).isZero();
    Appended child =
        board.appended().stream()
            .filter(each -> id(2).equals(each.entityId()))
            .findFirst()
            .orElseThrow();
    assertThat(child.occurred().agentId()).isEqualTo(OTHER);
    assertThat(details(child))
        .isEqualTo(Map.of("reason", "Parent task %s was canceled.".formatted(id(1))));
  }

  @Test
  void cancelsTheDependantsOfAFailureButNotItsChildren() {
    board.bring(1, TaskStatus.WORKING);
    board.createChild(2, 1);
    board.create(3, 1);
    board.create(4, 3);
    board.createChild(5, 3);
    board.later();

    board.accept(1, Board.fail(1, false));

    assertThat(board.events(null).getFirst()).isEqualTo(EventType.TASK_FAILED);
    assertThat(board.task(2).status()).isEqualTo(TaskStatus.SUBMITTED);
    assertThat(List.of(3, 4, 5))
        .allSatisfy(each -> assertThat(board.task(each).status()).isEqualTo(TaskStatus.CANCELED));
  }

  @Test
  void cancelsNothingWhileAFailureIsRetried() {
    board.bring(1, TaskStatus.WORKING);
    board.create(2, 1);

    board.accept(1, Board.fail(1, true));

    assertThat(board.task(2).status()).isEqualTo(TaskStatus.SUBMITTED);
  }

  @Test
  void releasesAllTasksOfAnAgentThatLeaves() {
    board.bring(1, TaskStatus.ASSIGNED);
    board.bring(2, TaskStatus.INPUT_REQUIRED);
    board.bring(3, TaskStatus.COMPLETED);
    board.create(4);
    board.accept(4, new AssignTask(OTHER));
    board.later();

    board.releaseAll(AGENT);

    assertThat(board.events(null))
        .containsExactly(EventType.TASK_RELEASED, EventType.TASK_RELEASED);
    assertThat(board.task(1).status()).isEqualTo(TaskStatus.SUBMITTED);
    assertThat(board.task(2).status()).isEqualTo(TaskStatus.SUBMITTED);
    assertThat(board.task(2).retryCount()).isZero();
    assertThat(board.task(4).status()).isEqualTo(TaskStatus.ASSIGNED);
    assertThat(board.running(AGENT)).isZero();
    assertThat(board.running(OTHER)).isEqualTo(1);
  }

  @Test
  void countsWhatBecomesOfAnAgentsTasks() {
    board.bring(1, TaskStatus.WORKING);
    board.bring(2, TaskStatus.WORKING);
    board.bring(3, TaskStatus.WORKING);
    board.later();
    board.accept(1, Board.complete(1));
    board.accept(2, Board.fail(1, true));
    board.accept(3, Board.fail(1, false));

    AgentActivity activity = board.fleet().locked().activity(AGENT);
    assertThat(activity.completed()).isEqualTo(1);
    assertThat(activity.totalDurationSeconds()).isEqualTo(1.0);
    assertThat(activity.failed()).isEqualTo(2);
    assertThat(activity.runningTasks()).isZero();
  }

  @Test
  void takesNoMoreTasksThanTheAgentHasSlots() {
    for (int number = 1; number <= 3; number++) {
      board.create(number);
      board.assign(number);
    }
    board.create(4);
    board.later();

    assertRejected(4, new AssignTask(AGENT), RejectionType.INVALID_STATE);

    board.accept(2, Board.complete(1));
    assertThat(board.apply(4, new AssignTask(AGENT))).isEmpty();
    assertThat(board.running(AGENT)).isEqualTo(3);
  }

  @Test
  void rejectsWhatNamesNobody() {
    board.create(1);
    board.later();

    assertRejected(99, new AssignTask(AGENT), RejectionType.NOT_FOUND);
    assertRejected(1, new AssignTask(NOBODY), RejectionType.NOT_FOUND);
    assertRejected(99, new CancelTask(null), RejectionType.NOT_FOUND);
    assertRejected(99, Board.start(1), RejectionType.NOT_FOUND);
    assertRejected(1, new StartTask(NOBODY, 1), RejectionType.NOT_FOUND);
  }

  @Test
  void bringsAnAgentBackThatSpeaksOfATaskEvenWhenItIsRefused() {
    UUID away = new UUID(1, 9);
    board.fleet().addOffline(away, Board.NOW);
    board.bring(1, TaskStatus.ASSIGNED);
    board.later();

    assertThat(board.apply(1, new StartTask(away, 1)).map(Rejection::type))
        .contains(RejectionType.INVALID_STATE);

    assertThat(board.events(null)).containsExactly(EventType.AGENT_STATUS_CHANGED);
    assertThat(board.task(1).status()).isEqualTo(TaskStatus.ASSIGNED);
  }

  @Test
  void findsTasksByHolderParentAndDependency() {
    board.bring(1, TaskStatus.WORKING);
    board.createChild(2, 1);
    board.create(3, 1, 2);
    board.bring(4, TaskStatus.COMPLETED);

    assertThat(board.tasks().holders()).containsExactly(AGENT);
    assertThat(board.tasks().heldBy(AGENT)).containsExactly(board.task(1));
    assertThat(board.tasks().heldBy(OTHER)).isEmpty();
    assertThat(board.tasks().openChildrenOf(id(1))).containsExactly(board.task(2));
    assertThat(board.tasks().openDependantsOf(id(2))).containsExactly(board.task(3));
    assertThat(board.tasks().blocking(board.task(3))).containsExactly(id(1), id(2));
    assertThat(board.tasks().find(id(99))).isEmpty();
  }

  private void assertRejected(int number, TaskCommand command, RejectionType type) {
    int before = board.appended().size();

    Rejection rejection = board.apply(number, command).orElseThrow();

    assertThat(rejection.type()).isEqualTo(type);
    assertThat(rejection.reason())
        .matches("(?s)Expected to .* task %s.*, but .*\\.".formatted(id(number)));
    assertThat(board.appended()).hasSize(before);
  }

  private static Map<String, Object> details(Appended appended) {
    return new HashMap<>(appended.occurred().details());
  }
}
