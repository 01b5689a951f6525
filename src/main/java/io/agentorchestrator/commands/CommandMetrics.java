package io.agentorchestrator.commands;

import io.agentorchestrator.messages.RejectionType;
import io.agentorchestrator.sqlstate.SqlStates;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import org.springframework.stereotype.Component;

/** Counts what became of commands. Tags are names of our own, never a producer's. */
@Component
class CommandMetrics {

  private final MeterRegistry registry;
  private final DistributionSummary batchSize;
  private final Counter races;

  CommandMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.batchSize =
        DistributionSummary.builder("orchestrator.commands.batch.size")
            .description("Records applied in one transaction")
            .register(registry);
    this.races =
        Counter.builder("orchestrator.commands.reruns")
            .description("Transactions run again because somebody else was faster")
            .register(registry);
    // There from the start: of a counter that appears with its first count, nobody sees it count.
    for (DeadLetterReason reason : DeadLetterReason.values()) {
      deadLetters(reason);
    }
    for (RejectionType type : RejectionType.values()) {
      rejections(type);
    }
  }

  private Counter deadLetters(DeadLetterReason reason) {
    return registry.counter("orchestrator.dead.letters", "reason", reason.name());
  }

  private Counter rejections(RejectionType type) {
    return Counter.builder("orchestrator.rejections")
        .description("Commands refused by the rules")
        .tag("reason", type.name())
        .register(registry);
  }

  void count(List<CommandOutcome> outcomes) {
    batchSize.record(outcomes.size());
    for (CommandOutcome outcome : outcomes) {
      registry
          .counter(
              "orchestrator.commands",
              "type",
              outcome.type() == null ? "unknown" : outcome.type(),
              "outcome",
              outcome.kind().tag())
          .increment();
      if (outcome.rejectionType() != null) {
        rejections(outcome.rejectionType()).increment();
      }
      if (outcome.deadLetterReason() != null
          && outcome.kind() == CommandOutcome.Kind.DEAD_LETTERED) {
        deadLetters(outcome.deadLetterReason()).increment();
      }
    }
  }

  void countRace() {
    races.increment();
  }

  void countFailure(Throwable failure) {
    SqlStates.count(failure, registry);
  }
}
