package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agentorchestrator.commands.CommandProperties.AllowedSource;
import io.agentorchestrator.messages.CommandType;
import io.agentorchestrator.messages.ContentDigest;
import io.agentorchestrator.messages.Envelope;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.messages.RejectionType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class SourceRulesTest {

  private static final String SETTING = "orchestrator.commands.allowed-sources";

  private final SourceRules rules =
      new SourceRules(
          List.of(
              new AllowedSource("/planner", List.of("task.create.v1", "workflow.*")),
              new AllowedSource("/planner/ops", List.of("*")),
              new AllowedSource("/planner/ops/reader", List.of("task.create.v1")),
              new AllowedSource("urn:agent:", List.of("agent.heartbeat.v1")),
              new AllowedSource("https://", List.of("task.*"))));

  @ParameterizedTest
  @EnumSource
  void letsAllSendAllUnlessThereAreRules(CommandType type) {
    assertThat(new SourceRules(List.of()).refusal(command("/anybody", type))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "/planner, TASK_CREATE, true",
    "/planner/eu-1, TASK_CREATE, true",
    "/planner/eu-1, WORKFLOW_CREATE, true",
    "/planner/eu-1, WORKFLOW_CANCEL, true",
    "/planner/eu-1, TASK_CANCEL, false",
    "/planner/eu-1, AGENTS_BULK, false",
    "/planner-2, TASK_CREATE, false",
    "/plan, TASK_CREATE, false",
    "/PLANNER, TASK_CREATE, false",
    "/planner/ops, AGENTS_BULK, true",
    "/planner/ops/night, AGENT_REGISTER, true",
    "/planner/opsx, AGENT_REGISTER, false",
    "/planner/ops/reader, TASK_CREATE, true",
    "/planner/ops/reader, TASK_CANCEL, false",
    "urn:agent:7, AGENT_HEARTBEAT, true",
    "urn:agent:7, TASK_CREATE, false",
    "urn:agents:7, AGENT_HEARTBEAT, false",
    "https://a.example/x, TASK_CANCEL, true",
    "https://a.example/x, AGENTS_BULK, false",
    "/somebody, TASK_CREATE, false"
  })
  void letsTheLongestPrefixDecide(String source, CommandType type, boolean may) {
    assertThat(rules.refusal(command(source, type)).isEmpty()).isEqualTo(may);
  }

  @Test
  void saysWhoMayNotSendWhat() {
    Optional<Rejection> refusal = rules.refusal(command("/planner/eu-1", CommandType.TASK_CANCEL));

    assertThat(refusal)
        .hasValue(
            Rejection.forbidden(
                "Expected a source that may send task.cancel.v1, but /planner/eu-1 may not."));
  }

  @Test
  void takesAnEmptyPrefixForEverySourceWithoutOneOfItsOwn() {
    SourceRules all =
        new SourceRules(
            List.of(
                new AllowedSource("", List.of("*")),
                new AllowedSource("/planner", List.of("task.create.v1"))));

    assertThat(all.refusal(command("anybody", CommandType.AGENTS_BULK))).isEmpty();
    assertThat(all.refusal(command("/planner", CommandType.AGENTS_BULK))).isPresent();
  }

  @Test
  void keepsTheReservedSourcesWhateverTheRules() {
    SourceRules all = new SourceRules(List.of(new AllowedSource("", List.of("*"))));

    assertThat(all.refusal(command("/agent-orchestrator/timer", CommandType.TASK_CANCEL)))
        .map(Rejection::type)
        .hasValue(RejectionType.FORBIDDEN);
  }

  @Test
  void readsTheRulesFromSettings() {
    CommandProperties properties =
        bind(
            Map.of(
                SETTING + "[0].prefix",
                "/planner",
                SETTING + "[0].types",
                "task.create.v1, workflow.*",
                SETTING + "[1].prefix",
                "",
                SETTING + "[1].types[0]",
                "*"));

    assertThat(properties.allowedSources())
        .containsExactly(
            new AllowedSource("/planner", List.of("task.create.v1", "workflow.*")),
            new AllowedSource("", List.of("*")));
    assertThat(bind(Map.of()).allowedSources()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"task.create", "task.create.v2", "tasks.*", "task*", "t*", "", ".*"})
  void refusesTypesThatAreNone(String type) {
    assertThatThrownBy(
            () -> bind(Map.of(SETTING + "[0].prefix", "/a", SETTING + "[0].types[0]", type)))
        .rootCause()
        .hasMessageContaining(SETTING)
        .hasMessageContaining("'%s' is none".formatted(type));
  }

  @Test
  void refusesAPrefixThatIsThereTwice() {
    Map<String, String> settings = new HashMap<>();
    for (int i = 0; i < 2; i++) {
      settings.put(SETTING + "[%d].prefix".formatted(i), "/a");
      settings.put(SETTING + "[%d].types".formatted(i), "*");
    }

    assertThatThrownBy(() -> bind(settings))
        .rootCause()
        .hasMessageContaining("'/a' is there twice");
  }

  private static CommandProperties bind(Map<String, String> settings) {
    return new Binder(new MapConfigurationPropertySource(settings))
        .bindOrCreate("orchestrator.commands", CommandProperties.class);
  }

  private static Envelope command(String source, CommandType type) {
    return new Envelope(
        source, "1", type, UUID.randomUUID(), source, null, ContentDigest.of(new byte[0]));
  }
}
