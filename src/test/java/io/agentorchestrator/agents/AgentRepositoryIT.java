package io.agentorchestrator.agents;

import static io.agentorchestrator.rest.Reading.register;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.rest.Reading;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AgentRepositoryIT {

  private final Reading reading = Reading.shared();
  private final AgentRepository repository = reading.worker().bean(AgentRepository.class);
  private final List<UUID> ids = Reading.ids(3);

  @BeforeEach
  void register3() {
    ids.forEach(id -> reading.apply(register(id, "agent", Map.of())));
  }

  @Test
  void findsOneAgent() {
    assertThat(repository.findById(ids.getFirst()).orElseThrow().id()).isEqualTo(ids.getFirst());
    assertThat(repository.findById(UUID.randomUUID())).isEmpty();
  }

  @Test
  void locksAgentsInTheDatabasesOrderUntilTheTransactionEnds() {
    List<UUID> expected =
        reading.idsInAnotherSession("SELECT id FROM agents WHERE id = ANY(?) ORDER BY id", ids);

    reading.inTransaction(
        () -> {
          List<Agent> locked = repository.lock(array(ids));
          assertThat(locked).extracting(Agent::id).containsExactlyElementsOf(expected);
          assertThat(freeFor("NO KEY UPDATE")).isEmpty();
          // Tasks that refer to a locked agent can still be written.
          assertThat(freeFor("KEY SHARE")).hasSize(3);
          return locked;
        });

    assertThat(freeFor("NO KEY UPDATE")).hasSize(3);
  }

  @Test
  void findsWhatMovesOfTheAgentsGiven() {
    assertThat(repository.activities(array(ids.subList(0, 2))))
        .extracting(AgentActivity::agentId)
        .containsExactlyInAnyOrderElementsOf(ids.subList(0, 2));
    assertThat(repository.activities(new UUID[0])).isEmpty();
  }

  /** The agents that another session could lock at once. */
  private List<UUID> freeFor(String strength) {
    return reading.idsInAnotherSession(
        "SELECT id FROM agents WHERE id = ANY(?) FOR " + strength + " SKIP LOCKED", ids);
  }

  private static UUID[] array(List<UUID> ids) {
    return ids.toArray(UUID[]::new);
  }
}
