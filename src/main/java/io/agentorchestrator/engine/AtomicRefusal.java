package io.agentorchestrator.engine;

import io.agentorchestrator.messages.Command.BulkAction;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.messages.RejectionType;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** Why all of a bulk operation is refused: for some of its agents are. */
final class AtomicRefusal {

  /** How many of the agents refused the reason names; the results name them all. */
  static final int MAX_NAMED = 10;

  private AtomicRefusal() {}

  /**
   * Returns the refusal, or nothing where no agent is refused.
   *
   * @param decided what was decided of each agent, before anything was changed
   */
  static Optional<Refusal> of(BulkAction action, List<AgentResult> decided) {
    List<AgentResult> rejected =
        decided.stream()
            .filter(AgentResult::isRejected)
            .sorted(Comparator.comparing(AtomicRefusal::isThere))
            .toList();
    if (rejected.isEmpty()) {
      return Optional.empty();
    }
    String named =
        rejected.stream()
            .limit(MAX_NAMED)
            .map(each -> each.agentId().toString())
            .collect(Collectors.joining(", "));
    String more =
        rejected.size() > MAX_NAMED ? " and %d more".formatted(rejected.size() - MAX_NAMED) : "";
    String reason =
        "Expected to %s %d agents, but %d of them are missing or deregistered: %s%s."
            .formatted(action.verb(), decided.size(), rejected.size(), named, more);
    Rejection rejection =
        isThere(rejected.getFirst()) ? Rejection.invalidState(reason) : Rejection.notFound(reason);
    return Optional.of(new Refusal(rejection, Map.of("results", decided)));
  }

  private static boolean isThere(AgentResult rejected) {
    return Objects.requireNonNull(rejected.rejection()).type() != RejectionType.NOT_FOUND;
  }
}
