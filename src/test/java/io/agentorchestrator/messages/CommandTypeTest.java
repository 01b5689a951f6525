package io.agentorchestrator.messages;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandTypeTest {

  @Test
  void namesEveryCommandAboutOneAgentOrOneTask() {
    assertThat(values("agent."))
        .containsExactlyInAnyOrder(
            "agent.register.v1", "agent.heartbeat.v1", "agent.deregister.v1");
    assertThat(values("task."))
        .containsExactlyInAnyOrder(
            "task.create.v1",
            "task.assign.v1",
            "task.start.v1",
            "task.progress.v1",
            "task.complete.v1",
            "task.fail.v1",
            "task.cancel.v1");
  }

  @ParameterizedTest
  @EnumSource
  void knowsItsOperationAndTheEntityItIsAbout(CommandType type) {
    assertThat(type.operation() + ".v1").isEqualTo(type.value());
    String about = type == CommandType.AGENTS_BULK ? "agents" : type.entityType().value();
    assertThat(type.operation()).startsWith(about + ".");
    assertThat(CommandType.of(type.value())).isSameAs(type);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "task.assign", "task.assign.v2", "TASK.ASSIGN.V1", "TASK_ASSIGN"})
  void isNotFoundByAnyOtherName(String name) {
    assertThat(CommandType.of(name)).isNull();
  }

  private static Stream<String> values(String prefix) {
    return Arrays.stream(CommandType.values())
        .map(CommandType::value)
        .filter(value -> value.startsWith(prefix));
  }
}
