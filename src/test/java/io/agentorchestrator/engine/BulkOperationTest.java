package io.agentorchestrator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.log.Decision;
import io.agentorchestrator.messages.Command.BulkAction;
import io.agentorchestrator.messages.Command.BulkMode;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.messages.RejectionType;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BulkOperationTest {

  private static final Instant NOW = Instant.parse("2026-11-23T09:00:00.123456Z");
  private static final UUID THERE = new UUID(1, 1);
  private static final UUID GONE = new UUID(1, 2);
  private static final UUID MISSING = new UUID(1, 3);

  @Test
  void refusesNothingWhereNoAgentIsRefused() {
    assertThat(AtomicRefusal.of(BulkAction.ACTIVATE, List.of())).isEmpty();
    assertThat(AtomicRefusal.of(BulkAction.ACTIVATE, List.of(AgentResult.unchanged(THERE))))
        .isEmpty();
  }

  @Test
  void refusesAllAsNotFoundWhereAnyIsMissing() {
    List<AgentResult> decided =
        List.of(
            AgentResult.unchanged(THERE),
            AgentResult.rejected(GONE, Rejection.invalidState("Gone.")),
            AgentResult.rejected(MISSING, Rejection.notFound("Missing.")));

    Refusal refusal = AtomicRefusal.of(BulkAction.RESET_STATUS, decided).orElseThrow();

    assertThat(refusal.rejection())
        .isEqualTo(
            Rejection.notFound(
                "Expected to reset 3 agents, but 2 of them are missing or deregistered: %s, %s."
                    .formatted(MISSING, GONE)));
    assertThat(refusal.details().get("results")).isEqualTo(decided);
    assertThat(refusal.details()).hasSize(1);
  }

  @Test
  void namesOnlySomeOfManyThatAreRefused() {
    List<AgentResult> decided =
        Stream.generate(UUID::randomUUID)
            .limit(1000)
            .map(id -> AgentResult.rejected(id, Rejection.invalidState("Gone.")))
            .toList();

    Rejection rejection =
        AtomicRefusal.of(BulkAction.DEREGISTER, decided).orElseThrow().rejection();

    assertThat(rejection.type()).isEqualTo(RejectionType.INVALID_STATE);
    assertThat(rejection.reason())
        .hasSizeLessThan(600)
        .contains(decided.get(AtomicRefusal.MAX_NAMED - 1).agentId().toString())
        .doesNotContain(decided.get(AtomicRefusal.MAX_NAMED).agentId().toString())
        .endsWith(" and 990 more.");
  }

  @Test
  void isASuccessWhereNoneWasRejectedAndPartialElse() {
    List<AgentResult> some = List.of(AgentResult.changed(THERE), AgentResult.unchanged(GONE));
    List<AgentResult> all =
        Stream.concat(
                some.stream(),
                Stream.of(AgentResult.rejected(MISSING, Rejection.notFound("Missing."))))
            .toList();

    Decision.Occurred success =
        new BulkOperation(GONE, some, NOW).completed(BulkAction.ACTIVATE, BulkMode.ATOMIC);
    Decision.Occurred partial =
        new BulkOperation(GONE, all, NOW).completed(BulkAction.ACTIVATE, BulkMode.BEST_EFFORT);

    assertThat(success.type()).isEqualTo(EventType.AGENTS_BULK_COMPLETED);
    assertThat(success.status()).isEqualTo(EventStatus.SUCCESS);
    assertThat(partial.status()).isEqualTo(EventStatus.PARTIAL);
    assertThat(partial.message())
        .isEqualTo("3 agents: activate changed 1, left 1 as it was, was rejected for 1.");
    assertThat(new BulkOperation(GONE, all, NOW).fields()).isEqualTo(Map.of("results", all));
  }
}
