package io.agentorchestrator.tasks;

import static io.agentorchestrator.tasks.Board.AGENT;
import static io.agentorchestrator.tasks.Board.id;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.messages.Command;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.Command.CancelTask;
import io.agentorchestrator.messages.Command.DeregisterAgent;
import io.agentorchestrator.messages.Command.Heartbeat;
import io.agentorchestrator.messages.EntityType;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LockPlanTest {

  private final LockPlan plan = new LockPlan();

  @Test
  void needsWhatANewTaskJoins() {
    plan.add(id(1), Board.creation().parent(2).dependsOn(3, 4).build());

    assertThat(plan.tasks()).containsExactlyInAnyOrder(id(1), id(2), id(3), id(4));
    assertThat(plan.agents()).isEmpty();
    assertThat(plan.falling()).isEmpty();
  }

  @Test
  void needsNoneOfDependenciesThatAreTooMany() {
    int[] many = IntStream.rangeClosed(2, TaskCreation.MAX_DEPENDENCIES + 2).toArray();

    plan.add(id(1), Board.creation().dependsOn(many).build());

    assertThat(plan.tasks()).containsExactly(id(1));
  }

  @Test
  void needsTheSubjectOfWhatIsRefusedWhateverItSays() {
    plan.addSubject(id(1), EntityType.TASK);
    plan.addSubject(AGENT, EntityType.AGENT);

    assertThat(plan.tasks()).containsExactly(id(1));
    assertThat(plan.agents()).containsExactly(AGENT);
  }

  @Test
  void needsTheAgentAndTheDependenciesOfAnAssignment() {
    plan.add(id(1), new AssignTask(AGENT));
    plan.add(id(2), new AssignTask(null));

    assertThat(plan.tasks()).containsExactlyInAnyOrder(id(1), id(2));
    assertThat(plan.assigned()).containsExactlyInAnyOrder(id(1), id(2));
    assertThat(plan.agents()).containsExactly(AGENT);
  }

  @Test
  void needsTheSpeakerOfEveryWordAboutATask() {
    for (Command word : List.of(Board.start(1), Board.progress(1, true), Board.complete(1))) {
      LockPlan alone = new LockPlan();
      alone.add(id(1), word);

      assertThat(alone.tasks()).containsExactly(id(1));
      assertThat(alone.agents()).containsExactly(AGENT);
      assertThat(alone.falling()).isEmpty();
      assertThat(alone.assigned()).isEmpty();
      assertThat(alone.departing()).isEmpty();
    }
  }

  @Test
  void needsWhatFallsWithATask() {
    plan.add(id(1), new CancelTask(null));
    plan.add(id(2), Board.fail(1, true));

    assertThat(plan.tasks()).containsExactlyInAnyOrder(id(1), id(2));
    assertThat(plan.falling()).containsExactlyInAnyOrder(id(1), id(2));
    assertThat(plan.agents()).containsExactly(AGENT);
  }

  @Test
  void needsTheTasksOfAnAgentThatLeaves() {
    plan.add(AGENT, new DeregisterAgent(null));

    assertThat(plan.agents()).containsExactly(AGENT);
    assertThat(plan.departing()).containsExactly(AGENT);
    assertThat(plan.tasks()).isEmpty();
  }

  @Test
  void needsTheAgentAloneForASignOfLife() {
    plan.add(AGENT, new Heartbeat());

    assertThat(plan.agents()).containsExactly(AGENT);
    assertThat(plan.departing()).isEmpty();
  }
}
