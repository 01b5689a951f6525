package io.agentorchestrator.messages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EventTypeTest {

  @Test
  void namesEveryEventOfAgentsTasksAndCommands() {
    assertThat(values("agent."))
        .containsExactlyInAnyOrder(
            "agent.registered.v1",
            "agent.updated.v1",
            "agent.status-changed.v1",
            "agent.deregistered.v1");
    assertThat(values("task."))
        .containsExactlyInAnyOrder(
            "task.created.v1",
            "task.assigned.v1",
            "task.started.v1",
            "task.progressed.v1",
            "task.completed.v1",
            "task.failed.v1",
            "task.retry-scheduled.v1",
            "task.timed-out.v1",
            "task.released.v1",
            "task.canceled.v1");
    assertThat(values("command."))
        .containsExactlyInAnyOrder("command.rejected.v1", "command.dead-lettered.v1");
  }

  @Test
  void namesTheEventOfServices() {
    assertThat(values("service.")).containsExactly("service.health-changed.v1");
  }

  @Test
  void givesAgentsACopyOfWhatGivesThemWorkOrTakesItAway() {
    List<String> forMailbox =
        Arrays.stream(EventType.values())
            .filter(EventType::isForMailbox)
            .map(EventType::value)
            .toList();

    assertThat(forMailbox)
        .containsExactlyInAnyOrder(
            "task.assigned.v1", "task.released.v1", "task.timed-out.v1", "task.canceled.v1");
  }

  @Test
  void isFoundByItsName() {
    assertThat(EventType.values())
        .allSatisfy(type -> assertThat(EventType.of(type.value())).isSameAs(type));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EventType.of("task.assigned.v2"))
        .withMessageContaining("task.assigned.v2");
  }

  private static Stream<String> values(String prefix) {
    return Arrays.stream(EventType.values())
        .map(EventType::value)
        .filter(value -> value.startsWith(prefix));
  }
}
