package io.agentorchestrator.agents;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.log.Decision;
import io.agentorchestrator.messages.Command.BulkAction;
import io.agentorchestrator.messages.Command.RegisterAgent;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.messages.RejectionType;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AgentTest {

  private static final Instant NOW = Instant.parse("2026-11-23T09:00:00.123456Z");
  private static final UUID ID = new UUID(0, 1);
  private static final RegisterAgent STATED = Fleet.stated("Reader", 4, List.of("ocr", "pdf"));

  private final Agent agent = new Agent(ID, STATED, NOW);

  @ParameterizedTest
  @CsvSource({
    "ACTIVE,       ACTIVE,       false",
    "ACTIVE,       OFFLINE,      true",
    "ACTIVE,       DEREGISTERED, true",
    "OFFLINE,      ACTIVE,       true",
    "OFFLINE,      OFFLINE,      false",
    "OFFLINE,      DEREGISTERED, true",
    "DEREGISTERED, ACTIVE,       true",
    "DEREGISTERED, OFFLINE,      true",
    "DEREGISTERED, DEREGISTERED, false"
  })
  void goesOnlyWhereTheContractLetsIt(AgentStatus from, AgentStatus to, boolean allowed) {
    assertThat(from.successors().contains(to)).isEqualTo(allowed);
  }

  @Test
  void isCalledByTheContractsNames() {
    assertThat(EnumSet.allOf(AgentStatus.class))
        .extracting(AgentStatus::value)
        .containsExactly("active", "offline", "deregistered");
    assertThat(agent.entityType()).isEqualTo(EntityType.AGENT);
  }

  @Test
  void showsTheFieldsOfTheContractInItsOrder() {
    Map<String, @Nullable Object> fields = agent.fields();

    assertThat(fields.keySet())
        .containsExactly(
            "type",
            "name",
            "endpoint",
            "version",
            "capabilities",
            "max_concurrent_tasks",
            "enabled",
            "status",
            "lease_seconds",
            "metadata",
            "created_at",
            "updated_at");
    assertThat(fields)
        .containsEntry("type", "documents")
        .containsEntry("name", "Reader")
        .containsEntry("endpoint", "https://agents.example/1")
        .containsEntry("version", "2.3")
        .containsEntry("capabilities", List.of("ocr", "pdf"))
        .containsEntry("max_concurrent_tasks", 4)
        .containsEntry("enabled", true)
        .containsEntry("status", AgentStatus.ACTIVE)
        .containsEntry("lease_seconds", 60)
        .containsEntry("metadata", new JsonObject("{\"region\":\"eu\"}"))
        .containsEntry("created_at", NOW)
        .containsEntry("updated_at", NOW);
  }

  @Test
  void takesDefaultsForWhatARestatementLeavesOut() {
    RegisterAgent bare =
        new RegisterAgent(
            "documents", "Reader", "http://a", null, List.of(), 1, 60, JsonObject.EMPTY);

    Decision decision = agent.restate(bare);

    assertThat(occurred(decision).type()).isEqualTo(EventType.AGENT_UPDATED);
    assertThat(agent.fields())
        .isEqualTo(new Agent(ID, bare, NOW).fields())
        .containsEntry("version", null)
        .containsEntry("capabilities", List.of())
        .containsEntry("max_concurrent_tasks", 1)
        .containsEntry("metadata", JsonObject.EMPTY);
  }

  @ParameterizedTest
  @EnumSource(names = {"ACTIVE", "OFFLINE"})
  void saysNothingOfARestatementThatChangesNothing(AgentStatus status) {
    Fleet.restored(agent, status, true);

    assertThat(agent.restate(STATED)).isInstanceOf(Decision.Unchanged.class);

    assertThat(agent.status()).isEqualTo(status);
  }

  @Test
  void keepsStateAndSwitchWhenItIsStatedAnew() {
    Fleet.restored(agent, AgentStatus.OFFLINE, false);

    agent.restate(Fleet.stated("Other", 2, List.of()));

    assertThat(agent.status()).isEqualTo(AgentStatus.OFFLINE);
    assertThat(agent.fields()).containsEntry("enabled", false).containsEntry("name", "Other");
  }

  @Test
  void isRegisteredAgainAfterDeregistration() {
    agent.deregister(null);

    Decision decision = agent.restate(STATED);

    assertThat(occurred(decision).type()).isEqualTo(EventType.AGENT_REGISTERED);
    assertThat(agent.status()).isEqualTo(AgentStatus.ACTIVE);
  }

  @Test
  void staysDisabledWhenItIsRegisteredAgain() {
    Fleet.restored(agent, AgentStatus.DEREGISTERED, false);

    Decision decision = agent.restate(STATED);

    assertThat(occurred(decision).type()).isEqualTo(EventType.AGENT_REGISTERED);
    assertThat(agent.status()).isEqualTo(AgentStatus.OFFLINE);
    assertThat(agent.fields()).containsEntry("enabled", false);
  }

  @Test
  void comesBackWithASignOfLife() {
    Fleet.restored(agent, AgentStatus.OFFLINE, true);

    Decision.Occurred back = occurred(agent.heardOf());

    assertThat(back.type()).isEqualTo(EventType.AGENT_STATUS_CHANGED);
    assertThat(new HashMap<>(back.details()))
        .isEqualTo(Map.of("from", AgentStatus.OFFLINE, "to", AgentStatus.ACTIVE));
    assertThat(agent.status()).isEqualTo(AgentStatus.ACTIVE);
  }

  @ParameterizedTest
  @CsvSource({"ACTIVE, true", "OFFLINE, false", "DEREGISTERED, true", "DEREGISTERED, false"})
  void staysWhereItIsDespiteASignOfLife(AgentStatus status, boolean enabled) {
    Fleet.restored(agent, status, enabled);

    assertThat(agent.heardOf()).isInstanceOf(Decision.Unchanged.class);

    assertThat(agent.status()).isEqualTo(status);
  }

  @ParameterizedTest
  @EnumSource(names = {"ACTIVE", "OFFLINE"})
  void leavesTheFleet(AgentStatus status) {
    Fleet.restored(agent, status, true);

    Decision.Occurred left = occurred(agent.deregister("Replaced."));

    assertThat(left.type()).isEqualTo(EventType.AGENT_DEREGISTERED);
    assertThat(new HashMap<>(left.details())).isEqualTo(Map.of("reason", "Replaced."));
    assertThat(agent.status()).isEqualTo(AgentStatus.DEREGISTERED);
  }

  @Test
  void leavesTheFleetOnce() {
    agent.deregister(null);

    Decision again = agent.deregister(null);

    assertThat(again).isInstanceOf(Decision.Refused.class);
    assertThat(((Decision.Refused) again).rejection().type())
        .isEqualTo(RejectionType.INVALID_STATE);
    assertThat(((Decision.Refused) again).rejection().reason())
        .matches("Expected to deregister agent " + ID + ", but .*\\.");
  }

  @Test
  void takesNoTasksOnceItIsDisabled() {
    Decision.Occurred disabled = occurred(agent.deactivate());

    assertThat(disabled.type()).isEqualTo(EventType.AGENT_STATUS_CHANGED);
    assertThat(agent.status()).isEqualTo(AgentStatus.OFFLINE);
    assertThat(agent.fields()).containsEntry("enabled", false);
    assertThat(agent.deactivate()).isInstanceOf(Decision.Unchanged.class);
    assertThat(agent.heardOf()).isInstanceOf(Decision.Unchanged.class);
  }

  @Test
  void isDisabledWhileItIsOffline() {
    Fleet.restored(agent, AgentStatus.OFFLINE, true);

    assertThat(occurred(agent.deactivate()).type()).isEqualTo(EventType.AGENT_UPDATED);
    assertThat(agent.fields()).containsEntry("enabled", false);
  }

  @Test
  void isActiveAgainOnceItIsEnabledWithinItsLease() {
    agent.deactivate();

    Decision.Occurred enabled = occurred(agent.activate(NOW, NOW.plusSeconds(59)));

    assertThat(enabled.type()).isEqualTo(EventType.AGENT_STATUS_CHANGED);
    assertThat(agent.status()).isEqualTo(AgentStatus.ACTIVE);
    assertThat(agent.activate(NOW, NOW)).isInstanceOf(Decision.Unchanged.class);
  }

  @Test
  void isEnabledButOfflineBeyondItsLease() {
    agent.deactivate();

    Decision.Occurred enabled = occurred(agent.activate(NOW, NOW.plusSeconds(60)));

    assertThat(enabled.type()).isEqualTo(EventType.AGENT_UPDATED);
    assertThat(agent.status()).isEqualTo(AgentStatus.OFFLINE);
    assertThat(agent.fields()).containsEntry("enabled", true);
    assertThat(agent.activate(NOW, NOW.plusSeconds(60))).isInstanceOf(Decision.Unchanged.class);
    assertThat(occurred(agent.heardOf()).type()).isEqualTo(EventType.AGENT_STATUS_CHANGED);
  }

  @Test
  void tellsOfAResetThatChangesItOrTakesTasksFromIt() {
    assertThat(agent.reset(NOW, 0, NOW)).isInstanceOf(Decision.Unchanged.class);
    assertThat(occurred(agent.reset(NOW, 2, NOW)).type()).isEqualTo(EventType.AGENT_UPDATED);
    agent.deactivate();
    assertThat(occurred(agent.reset(NOW, 2, NOW)).type()).isEqualTo(EventType.AGENT_STATUS_CHANGED);
    assertThat(agent.status()).isEqualTo(AgentStatus.ACTIVE);
  }

  @ParameterizedTest
  @EnumSource
  void isBeyondReachOnceItHasLeftTheFleet(BulkAction action) {
    assertThat(agent.refusal(action)).isEmpty();
    agent.deregister(null);

    Rejection refusal = agent.refusal(action).orElseThrow();

    assertThat(refusal.type()).isEqualTo(RejectionType.INVALID_STATE);
    assertThat(refusal.reason())
        .startsWith("Expected to %s agent %s, but it is deregistered".formatted(action.verb(), ID));
    Decision decision =
        switch (action) {
          case ACTIVATE -> agent.activate(NOW, NOW);
          case DEACTIVATE -> agent.deactivate();
          case RESET_STATUS -> agent.reset(NOW, 0, NOW);
          case DEREGISTER -> agent.deregister(null);
        };
    assertThat(decision).isEqualTo(new Decision.Refused(refusal));
  }

  @Test
  void tellsWhatItLacks() {
    assertThat(agent.lacking(List.of())).isEmpty();
    assertThat(agent.lacking(List.of("pdf", "ocr"))).isEmpty();
    assertThat(agent.lacking(List.of("tts", "pdf", "OCR"))).containsExactly("tts", "OCR");
    assertThat(agent.lacking(Set.of("ocr"))).isEmpty();
  }

  private static Decision.Occurred occurred(Decision decision) {
    assertThat(decision).isInstanceOf(Decision.Occurred.class);
    return (Decision.Occurred) decision;
  }
}
