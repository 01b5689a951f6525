package io.agentorchestrator.workflows;

import static io.agentorchestrator.tasks.Board.AGENT;
import static io.agentorchestrator.tasks.Board.creation;
import static io.agentorchestrator.workflows.Plans.WORKFLOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.engine.Plant;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.Command.CancelTask;
import io.agentorchestrator.messages.Command.CancelWorkflow;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.RejectionType;
import io.agentorchestrator.tasks.Board;
import io.agentorchestrator.tasks.TaskStatus;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks that join a workflow after its creation. */
class WorkflowJoiningTest {

  private final Plant plant = new Plant();

  @AfterEach
  void staysSound() {
    plant.assertSound();
  }

  @Test
  void waitsForTasksOfTheWorkflowAndKeepsItOpen() {
    plant.accept(Plans.creation().task(1).build());
    join(2, joining().dependsOn(1));

    complete(1);
    assertThat(plant.workflow().status()).isEqualTo(WorkflowStatus.RUNNING);
    complete(2);

    assertThat(plant.workflow().status()).isEqualTo(WorkflowStatus.COMPLETED);
    assertThat(plant.task(2).workflowId()).isEqualTo(WORKFLOW);
  }

  @ParameterizedTest
  @ValueSource(strings = {"completed", "failed", "canceled"})
  void isRefusedOnceTheWorkflowHasEnded(String end) {
    plant.accept(Plans.creation().task(1).build());
    switch (end) {
      case "completed" -> complete(1);
      case "failed" -> plant.accept(1, new CancelTask(null));
      default -> plant.accept(new CancelWorkflow(null));
    }
    assertThat(plant.workflow().status().value()).isEqualTo(end);

    assertRefused(2, joining(), RejectionType.INVALID_STATE);

    assertThat(plant.board().tasks().find(Board.id(2))).isEmpty();
  }

  @Test
  void isRefusedWhatContradictsWhatIsThere() {
    plant.accept(Plans.creation().task(1).build());
    plant.accept(50, creation().build());
    UUID another = new UUID(3, 2);
    plant.accept(Plans.creation(another).task(60).build(), another);

    assertRefused(2, joining().dependsOn(50), RejectionType.INVALID_ARGUMENT);
    assertRefused(2, joining().dependsOn(1, 60), RejectionType.INVALID_ARGUMENT);
    assertRefused(2, joining().dependsOn(1, 1), RejectionType.INVALID_ARGUMENT);
    assertRefused(2, joining().dependsOn(2), RejectionType.INVALID_ARGUMENT);
    assertRefused(2, joining().dependsOn(1, 99), RejectionType.NOT_FOUND);
    assertRefused(2, joining().parent(99), RejectionType.NOT_FOUND);
    assertRefused(1, joining(), RejectionType.ALREADY_EXISTS);
    assertRefused(2, creation().workflow(new UUID(3, 9)), RejectionType.NOT_FOUND);
  }

  @Test
  void isKnownWhateverBecameOfItsWorkflow() {
    plant.accept(Plans.creation().task(1).build());
    plant.accept(new CancelWorkflow(null));

    assertRefused(1, joining(), RejectionType.ALREADY_EXISTS);
  }

  @Test
  void isKnownHoweverFullItsWorkflowIs() {
    Plans.Creation full = Plans.creation();
    IntStream.rangeClosed(1, 100).forEach(full::task);
    plant.accept(full.build());

    assertRefused(1, joining(), RejectionType.ALREADY_EXISTS);
  }

  @Test
  void makesAHundredAtMostWhetherTheyAreOpenOrNot() {
    Plans.Creation almost = Plans.creation().continuing();
    IntStream.rangeClosed(1, 98).forEach(almost::task);
    plant.accept(almost.build());
    join(99, joining());
    complete(1);
    plant.accept(2, new CancelTask(null));
    join(100, joining());

    assertRefused(101, joining(), RejectionType.INVALID_ARGUMENT);

    assertThat(plant.board().tasks().all()).hasSize(100);
  }

  @Test
  void isCanceledAtOnceWhereItsDependencyHasEndedBadly() {
    plant.accept(Plans.creation().continuing().task(1).task(2).build());
    plant.accept(1, new CancelTask(null));
    plant.later();

    join(3, joining().dependsOn(1));

    assertThat(plant.events(3)).containsExactly(EventType.TASK_CREATED, EventType.TASK_CANCELED);
    assertThat(plant.task(3).status()).isEqualTo(TaskStatus.CANCELED);
    assertThat(plant.events()).isEmpty();
    complete(2);
    assertThat(plant.workflow().status()).isEqualTo(WorkflowStatus.FAILED);
  }

  @Test
  void waitsForTasksOfAWorkflowWithoutJoiningIt() {
    plant.accept(Plans.creation().task(1).build());
    plant.accept(2, creation().dependsOn(1).build());

    complete(1);

    assertThat(plant.workflow().status()).isEqualTo(WorkflowStatus.COMPLETED);
    complete(2);
  }

  private static Board.Creation joining() {
    return creation().workflow(WORKFLOW);
  }

  private void join(int number, Board.Creation creation) {
    plant.accept(number, creation.build());
  }

  private void complete(int number) {
    plant.accept(number, new AssignTask(AGENT));
    plant.accept(number, Board.complete(1));
  }

  private void assertRefused(int number, Board.Creation creation, RejectionType type) {
    plant.assertRefused(creation.build(), Board.id(number), type);
  }
}
