package io.agentorchestrator.workflows;

import static io.agentorchestrator.tasks.Board.AGENT;
import static io.agentorchestrator.tasks.Board.OTHER;
import static io.agentorchestrator.tasks.Board.creation;
import static io.agentorchestrator.workflows.Plans.WORKFLOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.engine.Plant;
import io.agentorchestrator.log.Appended;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.Command.CancelTask;
import io.agentorchestrator.messages.Command.CancelWorkflow;
import io.agentorchestrator.messages.Command.DeregisterAgent;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.RejectionType;
import io.agentorchestrator.tasks.Board;
import io.agentorchestrator.tasks.TaskStatus;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a workflow follows what becomes of its tasks, and they what becomes of it. */
class WorkflowProgressionTest {

  private static final UUID SECOND = new UUID(3, 2);

  private final Plant plant = new Plant();

  @AfterEach
  void staysSound() {
    plant.assertSound();
  }

  @Test
  void startsWithTheFirstAssignmentOnly() {
    plant.accept(Plans.creation().task(1).task(2).build());
    plant.later();
    assign(1);
    assertThat(plant.events()).containsExactly(EventType.WORKFLOW_STARTED);
    assertThat(plant.workflow().fields()).containsEntry("started_at", plant.board().now());
    plant.later();

    assign(2);
    plant.accept(1, Board.fail(1, true));
    assign(1);

    assertThat(plant.events()).isEmpty();
    assertStatus(WorkflowStatus.RUNNING);
  }

  @Test
  void isCompletedWithTheLastOfItsTasks() {
    plant.accept(Plans.creation().task(1).task(2, 1).build());
    complete(1);
    assertStatus(WorkflowStatus.RUNNING);
    plant.later();

    complete(2);

    assertThat(plant.events()).containsExactly(EventType.WORKFLOW_COMPLETED);
    assertStatus(WorkflowStatus.COMPLETED);
    assertThat(plant.workflow().fields()).containsEntry("completed_at", plant.board().now());
  }

  @Test
  void goesOnWhileAFailureIsRetried() {
    plant.accept(Plans.creation().task(1).task(2, 1).build());
    assign(1);
    plant.later();

    plant.accept(1, Board.fail(1, true));

    assertThat(plant.events()).isEmpty();
    assertTasks(TaskStatus.SUBMITTED, 1, 2);
  }

  @Test
  void failsWithATaskAndCancelsWhatIsOpen() {
    plant.accept(Plans.creation().task(1).task(2).task(3, 1).task(4, 2).task(5).build());
    complete(5);
    assign(1);
    plant.accept(2, new AssignTask(OTHER));
    plant.later();

    plant.accept(1, Board.fail(1, false));

    assertThat(plant.events(1)).containsExactly(EventType.TASK_FAILED);
    for (int number : List.of(2, 3, 4)) {
      assertThat(plant.events(number)).containsExactly(EventType.TASK_CANCELED);
    }
    assertThat(plant.events(5)).isEmpty();
    assertThat(plant.events()).containsExactly(EventType.WORKFLOW_FAILED);
    Appended failed = plant.board().appended().getLast();
    assertThat(failed.entityId()).isEqualTo(WORKFLOW);
    assertThat(failed.occurred().status()).isEqualTo(EventStatus.FAILURE);
    assertThat(new HashMap<>(failed.occurred().details()))
        .isEqualTo(Map.of("reason", "Task %s is failed.".formatted(Board.id(1))));
    assertThat(plant.board().running(AGENT)).isZero();
    assertThat(plant.board().running(OTHER)).isZero();
  }

  @Test
  void goesOnWithoutTheFailedTaskWhereItIsToContinue() {
    plant.accept(
        Plans.creation().continuing().task(1).task(2, 1).task(3, 2).task(4).task(5, 4).build());
    assign(1);
    plant.later();

    plant.accept(1, Board.fail(1, false));

    assertTasks(TaskStatus.CANCELED, 2, 3);
    assertTasks(TaskStatus.SUBMITTED, 4, 5);
    assertThat(plant.events()).isEmpty();
    assertStatus(WorkflowStatus.RUNNING);
    complete(4);
    complete(5);
    assertThat(plant.events()).containsExactly(EventType.WORKFLOW_FAILED);
    assertStatus(WorkflowStatus.FAILED);
  }

  @Test
  void failsWithATaskThatIsCanceledByCommand() {
    plant.accept(Plans.creation().task(1).task(2).build());
    plant.later();

    plant.accept(1, new CancelTask("Paid."));

    assertTasks(TaskStatus.CANCELED, 1, 2);
    assertThat(plant.events()).containsExactly(EventType.WORKFLOW_FAILED);
    assertThat(plant.workflow().fields()).containsEntry("started_at", null);
  }

  @Test
  void isFailedAtTheEndWhereATaskWasCanceledByCommand() {
    plant.accept(Plans.creation().continuing().task(1).task(2).build());

    plant.accept(1, new CancelTask(null));

    assertStatus(WorkflowStatus.PENDING);
    complete(2);
    assertStatus(WorkflowStatus.FAILED);
  }

  @Test
  void failsOnceAllIsCanceledThoughNothingEverStarted() {
    plant.accept(Plans.creation().continuing().task(1).task(2, 1).build());

    plant.accept(1, new CancelTask(null));

    assertStatus(WorkflowStatus.FAILED);
    assertThat(plant.events())
        .containsExactly(EventType.WORKFLOW_CREATED, EventType.WORKFLOW_FAILED);
  }

  @Test
  void cancelsWhatWaitsTransitivelyAlsoOutside() {
    plant.accept(Plans.creation().continuing().task(1).task(2, 1).task(3, 2).task(4).build());
    plant.accept(10, creation().dependsOn(3).build());
    plant.accept(11, creation().dependsOn(10).build());
    plant.accept(12, creation().parent(11).build());

    plant.accept(1, new CancelTask(null));

    assertTasks(TaskStatus.CANCELED, 1, 2, 3, 10, 11, 12);
    assertTasks(TaskStatus.SUBMITTED, 4);
  }

  @Test
  void cancelsThePartsOfACanceledTaskAndNotThoseOfAFailedOne() {
    plant.accept(
        Plans.creation()
            .continuing()
            .task(1)
            .task(2, creation().parent(1))
            .task(3)
            .task(4, creation().parent(3))
            .build());
    assign(3);

    plant.accept(1, new CancelTask(null));
    plant.accept(3, Board.fail(1, false));

    assertTasks(TaskStatus.CANCELED, 1, 2);
    assertTasks(TaskStatus.SUBMITTED, 4);
    assertStatus(WorkflowStatus.RUNNING);
  }

  @Test
  void failsEveryWorkflowThatATaskTakesAlong() {
    plant.accept(Plans.creation().task(1).task(2).build());
    plant.accept(
        Plans.creation(SECOND).task(3, creation().parent(2)).task(4).task(5, 4).build(), SECOND);
    assign(1);
    assign(4);
    plant.later();

    plant.accept(1, Board.fail(1, false));

    assertTasks(TaskStatus.CANCELED, 2, 3, 4, 5);
    assertThat(plant.events()).containsExactly(EventType.WORKFLOW_FAILED);
    assertThat(plant.events(SECOND)).containsExactly(EventType.WORKFLOW_FAILED);
    assertThat(plant.board().running(AGENT)).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void cancelsItsOpenTasksWhenItIsCanceled(boolean started) {
    plant.accept(Plans.creation().task(1).task(2, 1).task(3).task(4, creation().parent(3)).build());
    plant.accept(10, creation().parent(4).build());
    if (started) {
      complete(1);
      assign(3);
    }
    plant.later();

    plant.accept(new CancelWorkflow("Audit."));

    assertThat(plant.events()).containsExactly(EventType.WORKFLOW_CANCELED);
    assertThat(plant.task(1).status())
        .isEqualTo(started ? TaskStatus.COMPLETED : TaskStatus.CANCELED);
    assertTasks(TaskStatus.CANCELED, 2, 3, 4, 10);
    assertThat(plant.board().running(AGENT)).isZero();
    assertStatus(WorkflowStatus.CANCELED);
    plant.assertRefused(new CancelWorkflow(null), WORKFLOW, RejectionType.INVALID_STATE);
  }

  @Test
  void failsWhenItsTimeHasRunOut() {
    plant.accept(Plans.creation().continuing().timeout(60).task(1).task(2).task(3, 2).build());
    complete(1);
    assign(2);
    plant.later(Duration.ofSeconds(60).minusNanos(1000));
    plant.timeOutWorkflow(WORKFLOW);
    assertThat(plant.board().appended()).isEmpty();
    plant.later(Duration.ofNanos(1000));

    plant.timeOutWorkflow(WORKFLOW);

    assertThat(plant.events()).containsExactly(EventType.WORKFLOW_FAILED);
    assertTasks(TaskStatus.CANCELED, 2, 3);
    assertThat(plant.task(1).status()).isEqualTo(TaskStatus.COMPLETED);
    assertThat(plant.board().running(AGENT)).isZero();
    plant.later();
    plant.timeOutWorkflow(WORKFLOW);
    assertThat(plant.board().appended()).isEmpty();
  }

  @Test
  void failsWithATaskThatTimesOutForGood() {
    plant.accept(Plans.creation().task(1, creation().timeout(60).retries(1)).task(2).build());
    assign(1);
    plant.later(Duration.ofSeconds(60));
    plant.timeOutTask(Board.id(1));
    assertStatus(WorkflowStatus.RUNNING);
    plant.later();
    assign(1);
    plant.later(Duration.ofSeconds(60));

    plant.timeOutTask(Board.id(1));

    assertThat(plant.events(1)).containsExactly(EventType.TASK_TIMED_OUT, EventType.TASK_FAILED);
    assertTasks(TaskStatus.CANCELED, 2);
    assertStatus(WorkflowStatus.FAILED);
  }

  @Test
  void failsWithATaskThatIsLostForGood() {
    plant.accept(Plans.creation().task(1, creation().retries(0)).task(2).task(3, 2).build());
    assign(1);
    assign(2);
    plant.later();

    plant.expire(AGENT);

    assertThat(plant.events(1)).containsExactly(EventType.TASK_RELEASED, EventType.TASK_FAILED);
    assertThat(plant.events(2)).containsExactly(EventType.TASK_RELEASED, EventType.TASK_CANCELED);
    assertThat(plant.events(3)).containsExactly(EventType.TASK_CANCELED);
    assertThat(plant.events()).containsExactly(EventType.WORKFLOW_FAILED);
  }

  @Test
  void goesOnWhenAnAgentLeaves() {
    plant.accept(Plans.creation().task(1, creation().auto().retries(0)).build());
    assign(1);
    plant.later();

    plant.accept(new DeregisterAgent(null), AGENT);

    assertThat(plant.events(1)).containsExactly(EventType.TASK_RELEASED);
    assertStatus(WorkflowStatus.RUNNING);
    assertThat(plant.queued()).containsExactly(plant.task(1));
  }

  private void assign(int number) {
    plant.accept(number, new AssignTask(AGENT));
  }

  private void complete(int number) {
    assign(number);
    plant.accept(number, Board.complete(1));
  }

  private void assertStatus(WorkflowStatus status) {
    assertThat(plant.workflow().status()).isEqualTo(status);
  }

  private void assertTasks(TaskStatus status, int... numbers) {
    for (int number : numbers) {
      assertThat(plant.task(number).status()).as("task %d", number).isEqualTo(status);
    }
  }
}
