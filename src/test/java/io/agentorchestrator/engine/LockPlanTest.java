package io.agentorchestrator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.messages.Command;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.Command.Assignment;
import io.agentorchestrator.messages.Command.BulkAction;
import io.agentorchestrator.messages.Command.BulkAgents;
import io.agentorchestrator.messages.Command.BulkMode;
import io.agentorchestrator.messages.Command.CancelTask;
import io.agentorchestrator.messages.Command.CompleteTask;
import io.agentorchestrator.messages.Command.CreateTask;
import io.agentorchestrator.messages.Command.DeregisterAgent;
import io.agentorchestrator.messages.Command.FailTask;
import io.agentorchestrator.messages.Command.Heartbeat;
import io.agentorchestrator.messages.Command.ReportProgress;
import io.agentorchestrator.messages.Command.StartTask;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.tasks.TaskCreation;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LockPlanTest {

  private static final UUID AGENT = new UUID(1, 1);

  private final LockPlan plan = new LockPlan();

  private static UUID id(int number) {
    return new UUID(2, number);
  }

  private static CreateTask creation(@Nullable UUID parent, UUID... dependencies) {
    return new CreateTask(
        "invoice",
        null,
        "Read it.",
        JsonObject.EMPTY,
        3,
        List.of(),
        null,
        parent,
        List.of(dependencies),
        null,
        3,
        Assignment.AUTO,
        List.of(),
        JsonObject.EMPTY);
  }

  @Test
  void needsWhatANewTaskJoins() {
    plan.add(id(1), creation(id(2), id(3), id(4)));

    assertThat(plan.tasks().named()).containsExactlyInAnyOrder(id(1), id(2), id(3), id(4));
    assertThat(plan.agents()).isEmpty();
    assertThat(plan.tasks().falling()).isEmpty();
  }

  @Test
  void needsNoneOfDependenciesThatAreTooMany() {
    UUID[] many =
        IntStream.rangeClosed(2, TaskCreation.MAX_DEPENDENCIES + 2)
            .mapToObj(LockPlanTest::id)
            .toArray(UUID[]::new);

    plan.add(id(1), creation(null, many));

    assertThat(plan.tasks().named()).containsExactly(id(1));
  }

  @Test
  void needsTheSubjectOfWhatIsRefusedWhateverItSays() {
    plan.addSubject(id(1), EntityType.TASK);
    plan.addSubject(AGENT, EntityType.AGENT);

    assertThat(plan.tasks().named()).containsExactly(id(1));
    assertThat(plan.agents()).containsExactly(AGENT);
  }

  @Test
  void needsTheAgentAndTheDependenciesOfAnAssignment() {
    plan.add(id(1), new AssignTask(AGENT));
    plan.add(id(2), new AssignTask(null));

    assertThat(plan.tasks().named()).containsExactlyInAnyOrder(id(1), id(2));
    assertThat(plan.tasks().assigned()).containsExactlyInAnyOrder(id(1), id(2));
    assertThat(plan.agents()).containsExactly(AGENT);
  }

  @Test
  void needsTheSpeakerOfEveryWordAboutATask() {
    for (Command word :
        List.of(
            new StartTask(AGENT, 1),
            new ReportProgress(AGENT, 1, true, null, null),
            new CompleteTask(AGENT, 1, null))) {
      LockPlan alone = new LockPlan();
      alone.add(id(1), word);

      assertThat(alone.tasks().named()).containsExactly(id(1));
      assertThat(alone.agents()).containsExactly(AGENT);
      assertThat(alone.tasks().falling()).isEmpty();
      assertThat(alone.tasks().assigned()).isEmpty();
      assertThat(alone.tasks().losingAgents()).isEmpty();
    }
  }

  @Test
  void needsWhatFallsWithATask() {
    plan.add(id(1), new CancelTask(null));
    plan.add(id(2), new FailTask(AGENT, 1, "E1", "It broke.", true));

    assertThat(plan.tasks().named()).containsExactlyInAnyOrder(id(1), id(2));
    assertThat(plan.tasks().falling()).containsExactlyInAnyOrder(id(1), id(2));
    assertThat(plan.agents()).containsExactly(AGENT);
  }

  @Test
  void needsTheTasksOfAnAgentThatLeaves() {
    plan.add(AGENT, new DeregisterAgent(null));

    assertThat(plan.agents()).containsExactly(AGENT);
    assertThat(plan.tasks().losingAgents()).containsExactly(AGENT);
    assertThat(plan.tasks().named()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void needsTheAgentsOfABulkOperationAndTheTasksTheyGiveBack(BulkAction action) {
    UUID other = new UUID(1, 2);

    plan.add(id(1), new BulkAgents(action, List.of(AGENT, other), null, BulkMode.ATOMIC));

    assertThat(plan.agents()).containsExactlyInAnyOrder(AGENT, other);
    switch (action) {
      case ACTIVATE, DEACTIVATE -> assertThat(plan.tasks().losingAgents()).isEmpty();
      case RESET_STATUS, DEREGISTER ->
          assertThat(plan.tasks().losingAgents()).containsExactlyInAnyOrder(AGENT, other);
    }
    assertThat(plan.tasks().named()).isEmpty();
  }

  @Test
  void needsNoneOfABulkOperationOnTooManyAgents() {
    List<UUID> many =
        IntStream.rangeClosed(0, BulkOperations.MAX_AGENTS).mapToObj(LockPlanTest::id).toList();

    plan.add(id(1), new BulkAgents(BulkAction.DEREGISTER, many, null, BulkMode.ATOMIC));

    assertThat(plan.agents()).isEmpty();
    assertThat(plan.tasks().losingAgents()).isEmpty();
  }

  @Test
  void needsTheAgentAloneForASignOfLife() {
    plan.add(AGENT, new Heartbeat());

    assertThat(plan.agents()).containsExactly(AGENT);
    assertThat(plan.tasks().losingAgents()).isEmpty();
  }
}
