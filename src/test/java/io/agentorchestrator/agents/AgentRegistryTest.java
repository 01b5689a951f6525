package io.agentorchestrator.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.agentorchestrator.log.Appended;
import io.agentorchestrator.log.Cause;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.messages.Command.AgentCommand;
import io.agentorchestrator.messages.Command.BulkAction;
import io.agentorchestrator.messages.Command.DeregisterAgent;
import io.agentorchestrator.messages.Command.Heartbeat;
import io.agentorchestrator.messages.Command.RegisterAgent;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.messages.RejectionType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AgentRegistryTest {

  private static final Instant THEN = Instant.parse("2026-11-23T09:00:00Z");
  private static final Instant NOW = THEN.plusSeconds(30);
  private static final UUID ID = new UUID(0, 1);
  private static final Cause CAUSE = Appended.causedBy("1");
  private static final RegisterAgent STATED = Fleet.stated("Agent", 1, List.of());

  private final Fleet fleet = new Fleet();
  private final LogBatch log = new LogBatch(NOW);

  @Test
  void registersANewAgent() {
    assertThat(apply(STATED)).isEmpty();

    assertThat(events()).containsExactly(EventType.AGENT_REGISTERED);
    assertThat(Appended.to(log).getFirst().changes()).isEqualTo(agent().fields());
    assertThat(fleet.locked().created()).containsExactly(agent(), fleet.locked().activity(ID));
    assertThat(lastSeen()).isEqualTo(NOW);
  }

  @Test
  void registersTwiceInOneTransaction() {
    apply(STATED);
    apply(Fleet.stated("Other", 1, List.of()));
    apply(Fleet.stated("Other", 1, List.of()));

    assertThat(events()).containsExactly(EventType.AGENT_REGISTERED, EventType.AGENT_UPDATED);
    assertThat(fleet.locked().created()).hasSize(2);
  }

  @Test
  void renewsTheLeaseWithARestatementThatChangesNothing() {
    fleet.add(ID, THEN, 1);

    assertThat(apply(STATED)).isEmpty();

    assertThat(events()).isEmpty();
    assertThat(lastSeen()).isEqualTo(NOW);
    assertThat(agent().updatedAt()).isEqualTo(THEN);
  }

  @Test
  void bringsAnAgentBackThatIsStatedAnew() {
    fleet.addOffline(ID, THEN);

    apply(Fleet.stated("Other", 1, List.of()));

    assertThat(events()).containsExactly(EventType.AGENT_UPDATED, EventType.AGENT_STATUS_CHANGED);
    assertThat(agent().status()).isEqualTo(AgentStatus.ACTIVE);
  }

  @Test
  void keepsCountingVersionsWhenAnAgentIsRegisteredAgain() {
    apply(STATED);
    apply(new DeregisterAgent(null));
    apply(STATED);

    assertThat(events())
        .containsExactly(
            EventType.AGENT_REGISTERED, EventType.AGENT_DEREGISTERED, EventType.AGENT_REGISTERED);
    assertThat(Appended.to(log)).extracting(Appended::entityVersion).containsExactly(1L, 2L, 3L);
    assertThat(Appended.to(log).getLast().changes())
        .isEqualTo(Map.of("status", AgentStatus.ACTIVE));
  }

  @Test
  void appendsNothingForAHeartbeatThatChangesNothing() {
    fleet.add(ID, THEN, 1);

    assertThat(apply(new Heartbeat())).isEmpty();

    assertThat(events()).isEmpty();
    assertThat(lastSeen()).isEqualTo(NOW);
  }

  @Test
  void bringsAnAgentBackWithAHeartbeat() {
    fleet.addOffline(ID, THEN);

    assertThat(apply(new Heartbeat())).isEmpty();

    assertThat(events()).containsExactly(EventType.AGENT_STATUS_CHANGED);
    assertThat(Appended.to(log).getFirst().changes())
        .isEqualTo(Map.of("status", AgentStatus.ACTIVE, "updated_at", NOW));
  }

  @Test
  void leavesADisabledAgentOfflineButRenewsItsLease() {
    Fleet.restored(fleet.add(ID, THEN, 1), AgentStatus.OFFLINE, false);

    assertThat(apply(new Heartbeat())).isEmpty();

    assertThat(events()).isEmpty();
    assertThat(lastSeen()).isEqualTo(NOW);
  }

  @Test
  void rejectsWhatIsSaidOfAnUnknownAgent() {
    assertRejected(apply(new Heartbeat()), RejectionType.NOT_FOUND);
    assertRejected(apply(new DeregisterAgent(null)), RejectionType.NOT_FOUND);
  }

  @Test
  void rejectsWhatADeregisteredAgentSays() {
    Fleet.restored(fleet.add(ID, THEN, 1), AgentStatus.DEREGISTERED, true);

    assertRejected(apply(new Heartbeat()), RejectionType.INVALID_STATE);
    assertRejected(apply(new DeregisterAgent(null)), RejectionType.INVALID_STATE);
    assertThat(lastSeen()).isEqualTo(THEN);
  }

  @Test
  void hearsOfAnAgentWhateverItSaid() {
    fleet.addOffline(ID, THEN);

    fleet.registry().heardOf(ID, CAUSE, fleet.locked(), log);

    assertThat(events()).containsExactly(EventType.AGENT_STATUS_CHANGED);
    assertThat(lastSeen()).isEqualTo(NOW);
  }

  @Test
  void hearsNothingOfTheUnknownAndTheDeregistered() {
    Fleet.restored(fleet.add(ID, THEN, 1), AgentStatus.DEREGISTERED, true);

    fleet.registry().heardOf(ID, CAUSE, fleet.locked(), log);
    fleet.registry().heardOf(new UUID(0, 2), CAUSE, fleet.locked(), log);

    assertThat(events()).isEmpty();
    assertThat(lastSeen()).isEqualTo(THEN);
  }

  @Test
  void findsNobodyWhoIsNotLocked() {
    fleet.add(ID, THEN, 1);

    assertThat(fleet.locked().find(new UUID(0, 2))).isEmpty();
    assertThatIllegalStateException()
        .isThrownBy(() -> fleet.locked().activity(new UUID(0, 2)))
        .withMessageContaining("not locked");
  }

  @ParameterizedTest
  @ValueSource(longs = {-3600, 0})
  void neverMovesTheLeaseBack(long seconds) {
    AgentActivity activity = new AgentActivity(ID, 0, THEN);

    activity.seen(THEN.plusSeconds(seconds));

    assertThat(activity.lastSeen()).isEqualTo(THEN);
  }

  @Test
  void countsSlotsAndWhatBecameOfTasks() {
    AgentActivity activity = new AgentActivity(ID, 0, THEN);
    activity.taken();
    activity.taken();
    activity.freed(THEN);
    activity.succeeded(Duration.ofMillis(1500));
    activity.succeeded(Duration.ofSeconds(-1));
    activity.failedOnce();

    assertThat(activity.runningTasks()).isEqualTo(1);
    assertThat(activity.completed()).isEqualTo(2);
    assertThat(activity.totalDurationSeconds()).isEqualTo(1.5);
    assertThat(activity.failed()).isEqualTo(1);

    activity.freed(THEN);
    assertThatIllegalStateException().isThrownBy(() -> activity.freed(THEN));
  }

  @ParameterizedTest
  @EnumSource
  void foretellsTheRefusalOfABulkOperationsPart(BulkAction action) {
    fleet.add(ID, THEN, 1);
    assertThat(fleet.registry().refusal(action, ID, fleet.locked())).isEmpty();
    Fleet.restored(agent(), AgentStatus.DEREGISTERED, true);

    for (UUID id : List.of(ID, new UUID(0, 2))) {
      assertThat(fleet.registry().apply(action, id, 0, CAUSE, fleet.locked(), log))
          .isPresent()
          .isEqualTo(fleet.registry().refusal(action, id, fleet.locked()));
    }
    assertRejected(
        fleet.registry().refusal(action, ID, fleet.locked()), RejectionType.INVALID_STATE);
    assertThat(fleet.registry().refusal(action, new UUID(0, 2), fleet.locked()))
        .contains(
            Rejection.notFound(
                "Expected to %s agent %s, but there is no such agent."
                    .formatted(action.verb(), new UUID(0, 2))));
  }

  @Test
  void doesWhatABulkOperationWants() {
    fleet.add(ID, THEN, 1);

    change(BulkAction.DEACTIVATE, 0);
    change(BulkAction.DEACTIVATE, 0);
    change(BulkAction.ACTIVATE, 0);
    change(BulkAction.RESET_STATUS, 0);
    change(BulkAction.RESET_STATUS, 1);
    change(BulkAction.DEREGISTER, 1);

    assertThat(events())
        .containsExactly(
            EventType.AGENT_STATUS_CHANGED,
            EventType.AGENT_STATUS_CHANGED,
            EventType.AGENT_UPDATED,
            EventType.AGENT_DEREGISTERED);
  }

  private void change(BulkAction action, int tasksHeld) {
    assertThat(fleet.registry().apply(action, ID, tasksHeld, CAUSE, fleet.locked(), log)).isEmpty();
  }

  private Optional<Rejection> apply(AgentCommand command) {
    return fleet.apply(command, ID, CAUSE, log);
  }

  private Agent agent() {
    return fleet.locked().find(ID).orElseThrow();
  }

  private Instant lastSeen() {
    return fleet.locked().activity(ID).lastSeen();
  }

  private List<EventType> events() {
    return Appended.to(log).stream().map(Appended::type).toList();
  }

  private void assertRejected(Optional<Rejection> rejection, RejectionType type) {
    assertThat(rejection).isPresent();
    assertThat(rejection.orElseThrow().type()).isEqualTo(type);
    assertThat(rejection.orElseThrow().reason())
        .matches("Expected to .* agent " + ID + ", but .*\\.");
    assertThat(events()).isEmpty();
  }
}
