package io.agentorchestrator.workflows;

import static io.agentorchestrator.tasks.Board.creation;
import static io.agentorchestrator.workflows.Plans.WORKFLOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.engine.Plant;
import io.agentorchestrator.log.Appended;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.Command.CancelTask;
import io.agentorchestrator.messages.Command.CreateWorkflow;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.RejectionType;
import io.agentorchestrator.tasks.Board;
import io.agentorchestrator.tasks.TaskStatus;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How a workflow comes into being: all of it, or nothing. */
class WorkflowCreationTest {

  private final Plant plant = new Plant();

  @AfterEach
  void staysSound() {
    plant.assertSound();
  }

  @Test
  void createsTheWorkflowAndThenItsTasks() {
    plant.accept(Plans.creation().task(1).task(2, 1).task(3, 1, 2).build());

    assertThat(plant.board().appended())
        .extracting(Appended::type)
        .containsExactly(
            EventType.WORKFLOW_CREATED,
            EventType.TASK_CREATED,
            EventType.TASK_CREATED,
            EventType.TASK_CREATED);
    assertThat(plant.board().appended().getFirst().changes()).isEqualTo(plant.workflow().fields());
    assertThat(plant.workflow().status()).isEqualTo(WorkflowStatus.PENDING);
    assertThat(plant.board().tasks().all())
        .allSatisfy(task -> assertThat(task.workflowId()).isEqualTo(WORKFLOW))
        .allSatisfy(task -> assertThat(task.status()).isEqualTo(TaskStatus.SUBMITTED));
  }

  @Test
  void queuesOnlyTheTasksThatWaitForNoOther() {
    plant.accept(
        Plans.creation()
            .task(1, creation().auto())
            .task(2, creation().auto().dependsOn(1))
            .task(3, creation().auto())
            .build());

    assertThat(plant.queued()).containsExactly(plant.task(1), plant.task(3));
  }

  @Test
  void createsDependenciesInWhateverOrderTheyAreNamed() {
    plant.accept(Plans.creation().task(3, 2).task(2, 1).task(1).build());

    plant.accept(1, new AssignTask(Board.AGENT));
    plant.accept(1, Board.complete(1));
    plant.accept(2, new AssignTask(Board.AGENT));
    plant.assertRefused(new AssignTask(Board.AGENT), Board.id(3), RejectionType.INVALID_STATE);
  }

  @Test
  void createsAPartAfterTheWhole() {
    plant.accept(
        Plans.creation()
            .task(3, creation().parent(2))
            .task(2, creation().parent(1))
            .task(4)
            .task(1)
            .build());

    assertThat(plant.board().appended())
        .extracting(Appended::entityId)
        .containsSubsequence(Board.id(1), Board.id(2), Board.id(3))
        .contains(Board.id(4));
  }

  @Test
  void mayBeAPartOfATaskOutside() {
    plant.accept(1, creation().build());

    plant.accept(Plans.creation().task(2, creation().parent(1)).build());

    assertThat(plant.task(2).parentTaskId()).isEqualTo(Board.id(1));
  }

  @Test
  void letsAWholeWaitForItsParts() {
    plant.accept(
        Plans.creation().task(1, creation().dependsOn(2)).task(2, creation().parent(1)).build());

    assertThat(plant.board().tasks().all()).hasSize(2);
  }

  @Test
  void takesAHundredTasks() {
    Plans.Creation hundred = Plans.creation();
    IntStream.rangeClosed(1, 100).forEach(hundred::task);

    plant.accept(hundred.build());

    assertThat(plant.board().tasks().all()).hasSize(100);
  }

  static Stream<Arguments> contradictions() {
    return Stream.of(
        Arguments.of("depends on itself", Plans.creation().task(1, 1)),
        Arguments.of("circle of two", Plans.creation().task(1, 2).task(2, 1)),
        Arguments.of("circle of three", Plans.creation().task(1, 3).task(2, 1).task(3, 2).task(4)),
        Arguments.of(
            "leads to a circle", Plans.creation().task(1).task(2, 3).task(3, 2).task(4, 3)),
        Arguments.of("unknown", Plans.creation().task(1, 99)),
        Arguments.of("foreign", Plans.creation().task(1, 50)),
        Arguments.of("named twice", Plans.creation().task(1).task(2).task(1)),
        Arguments.of("named twice by a task", Plans.creation().task(1).task(2, 1, 1)),
        Arguments.of("part of itself", Plans.creation().task(1, creation().parent(1))),
        Arguments.of(
            "parts of each other",
            Plans.creation().task(1, creation().parent(2)).task(2, creation().parent(1)).task(3)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("contradictions")
  void refusesWhatContradictsItself(String what, Plans.Creation creation) {
    plant.accept(50, creation().build());

    assertRefused(creation.build(), RejectionType.INVALID_ARGUMENT);

    assertThat(plant.plans().workflows()).isEmpty();
    assertThat(plant.board().tasks().all()).hasSize(1);
  }

  @Test
  void refusesWhatContradictsWhatIsThere() {
    plant.accept(50, creation().build());
    plant.accept(51, creation().build());
    plant.accept(51, new CancelTask(null));
    plant.accept(Plans.creation().task(1).build());
    UUID another = new UUID(3, 2);

    assertRefused(Plans.creation().task(2).build(), RejectionType.ALREADY_EXISTS);
    assertRefused(Plans.creation().task(2, 2).build(), RejectionType.ALREADY_EXISTS);
    assertRefused(another, Plans.creation(another).task(2).task(50), RejectionType.ALREADY_EXISTS);
    assertRefused(another, Plans.creation(another).task(1), RejectionType.ALREADY_EXISTS);
    assertRefused(
        another, Plans.creation(another).task(2, creation().parent(99)), RejectionType.NOT_FOUND);
    assertRefused(
        another,
        Plans.creation(another).task(2, creation().parent(51)),
        RejectionType.INVALID_STATE);
    assertThat(plant.plans().workflows()).hasSize(1);
    assertThat(plant.board().tasks().find(Board.id(2))).isEmpty();
  }

  private void assertRefused(CreateWorkflow command, RejectionType type) {
    plant.assertRefused(command, WORKFLOW, type);
  }

  private void assertRefused(UUID id, Plans.Creation creation, RejectionType type) {
    plant.assertRefused(creation.build(), id, type);
  }
}
