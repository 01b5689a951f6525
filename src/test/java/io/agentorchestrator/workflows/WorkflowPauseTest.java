package io.agentorchestrator.workflows;

import static io.agentorchestrator.tasks.Board.AGENT;
import static io.agentorchestrator.tasks.Board.creation;
import static io.agentorchestrator.workflows.Plans.WORKFLOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.engine.Plant;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.Command.CancelTask;
import io.agentorchestrator.messages.Command.CancelWorkflow;
import io.agentorchestrator.messages.Command.PauseWorkflow;
import io.agentorchestrator.messages.Command.ResumeWorkflow;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.RejectionType;
import io.agentorchestrator.tasks.Board;
import io.agentorchestrator.tasks.TaskStatus;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A paused workflow: none of its tasks is assigned, and those that run go on. */
class WorkflowPauseTest {

  private static final PauseWorkflow PAUSE = new PauseWorkflow("Audit.");
  private static final ResumeWorkflow RESUME = new ResumeWorkflow(null);

  private final Plant plant = new Plant();

  @AfterEach
  void staysSound() {
    plant.assertSound();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void returnsToTheStateBefore(boolean started) {
    plant.accept(Plans.creation().task(1).task(2).build());
    if (started) {
      assign(1);
    }
    WorkflowStatus before = plant.workflow().status();
    plant.later();

    plant.accept(PAUSE);
    assertStatus(WorkflowStatus.PAUSED);
    plant.accept(RESUME);

    assertStatus(before);
    assertThat(before).isEqualTo(started ? WorkflowStatus.RUNNING : WorkflowStatus.PENDING);
    assertThat(plant.events())
        .containsExactly(EventType.WORKFLOW_PAUSED, EventType.WORKFLOW_RESUMED);
    assertThat(plant.events(2)).isEmpty();
  }

  @Test
  void startsWithAnAssignmentAfterThePause() {
    plant.accept(Plans.creation().task(1).build());
    plant.accept(PAUSE);
    plant.accept(RESUME);
    plant.later();

    assign(1);

    assertThat(plant.events()).containsExactly(EventType.WORKFLOW_STARTED);
  }

  @Test
  void holdsItsTasksBackUntilItIsResumed() {
    plant.accept(
        Plans.creation()
            .task(1, creation().auto())
            .task(2, creation().auto().dependsOn(3))
            .task(3)
            .build());
    plant.accept(10, creation().auto().build());
    assign(3);
    plant.accept(PAUSE);
    plant.accept(3, Board.complete(1));

    assertThat(plant.queued()).containsExactly(plant.task(10));
    for (AssignTask assignment : new AssignTask[] {new AssignTask(AGENT), new AssignTask(null)}) {
      assertThat(plant.assertRefused(assignment, Board.id(1), RejectionType.INVALID_STATE).reason())
          .endsWith(", but its workflow is paused.");
    }
    plant.accept(RESUME);

    assertThat(plant.queued())
        .containsExactlyInAnyOrder(plant.task(1), plant.task(2), plant.task(10));
    assign(1);
  }

  @Test
  void letsGoOnWhatRuns() {
    plant.accept(Plans.creation().task(1).task(2).build());
    assign(1);
    plant.accept(PAUSE);
    plant.later();

    plant.accept(1, Board.start(1));
    plant.accept(1, Board.progress(1, true));
    plant.accept(1, Board.complete(1));

    assertThat(plant.task(1).status()).isEqualTo(TaskStatus.COMPLETED);
    assertStatus(WorkflowStatus.PAUSED);
  }

  @Test
  void holdsBackWhatIsRetriedInThePause() {
    plant.accept(Plans.creation().task(1, creation().auto()).build());
    assign(1);
    plant.accept(PAUSE);
    plant.accept(1, Board.fail(1, true));
    plant.later(Duration.ofMinutes(2));

    assertThat(plant.queued()).isEmpty();
    plant.accept(RESUME);

    assertThat(plant.queued()).containsExactly(plant.task(1));
    assertStatus(WorkflowStatus.RUNNING);
  }

  @Test
  void holdsBackWhatIsLostInThePause() {
    plant.accept(Plans.creation().task(1, creation().auto()).build());
    assign(1);
    plant.accept(PAUSE);

    plant.expire(AGENT);

    assertThat(plant.queued()).isEmpty();
    plant.accept(RESUME);
    assertThat(plant.queued()).containsExactly(plant.task(1));
  }

  @Test
  void holdsBackWhatJoinsInThePause() {
    plant.accept(Plans.creation().task(1).build());
    plant.accept(PAUSE);

    plant.accept(2, creation().auto().workflow(WORKFLOW).build());

    assertThat(plant.queued()).isEmpty();
    plant.accept(RESUME);
    assertThat(plant.queued()).containsExactly(plant.task(2));
  }

  @Test
  void isCompletedInThePauseWhenTheLastTaskIs() {
    plant.accept(Plans.creation().task(1).build());
    assign(1);
    plant.accept(PAUSE);

    plant.accept(1, Board.complete(1));

    assertStatus(WorkflowStatus.COMPLETED);
    plant.assertRefused(RESUME, WORKFLOW, RejectionType.INVALID_STATE);
  }

  @Test
  void failsInThePauseWhenATaskDoes() {
    plant.accept(Plans.creation().task(1).task(2).build());
    assign(1);
    plant.accept(PAUSE);

    plant.accept(1, Board.fail(1, false));

    assertStatus(WorkflowStatus.FAILED);
    assertThat(plant.task(2).status()).isEqualTo(TaskStatus.CANCELED);
  }

  @Test
  void timesOutInThePause() {
    plant.accept(Plans.creation().timeout(60).task(1).build());
    plant.accept(PAUSE);
    plant.later(Duration.ofSeconds(60));

    plant.timeOutWorkflow(WORKFLOW);

    assertStatus(WorkflowStatus.FAILED);
  }

  @Test
  void isCanceledInThePause() {
    plant.accept(Plans.creation().task(1).build());
    plant.accept(PAUSE);

    plant.accept(new CancelWorkflow(null));

    assertStatus(WorkflowStatus.CANCELED);
    assertThat(plant.task(1).status()).isEqualTo(TaskStatus.CANCELED);
  }

  @Test
  void isPausedAndResumedOnlyWhereThatMeansSomething() {
    plant.assertRefused(PAUSE, WORKFLOW, RejectionType.NOT_FOUND);
    plant.assertRefused(RESUME, WORKFLOW, RejectionType.NOT_FOUND);
    plant.assertRefused(new CancelWorkflow(null), WORKFLOW, RejectionType.NOT_FOUND);
    plant.accept(Plans.creation().task(1).build());
    plant.assertRefused(RESUME, WORKFLOW, RejectionType.INVALID_STATE);
    plant.accept(PAUSE);
    plant.assertRefused(PAUSE, WORKFLOW, RejectionType.INVALID_STATE);
    plant.accept(1, new CancelTask(null));
    plant.assertRefused(PAUSE, WORKFLOW, RejectionType.INVALID_STATE);
  }

  private void assign(int number) {
    plant.accept(number, new AssignTask(AGENT));
  }

  private void assertStatus(WorkflowStatus status) {
    assertThat(plant.workflow().status()).isEqualTo(status);
  }
}
