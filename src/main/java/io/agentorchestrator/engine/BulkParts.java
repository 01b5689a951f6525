package io.agentorchestrator.engine;

import io.agentorchestrator.log.Cause;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.messages.Command.BulkAgents;
import io.agentorchestrator.messages.Rejection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Changes agents each by itself: what fails for a reason of its own leaves no trace of that agent,
 * and all of the others. Agents are tried together and, where that fails, in halves: as a rule none
 * fails, and one savepoint does for a thousand.
 *
 * <p>Never transactional itself: an exception that passed through would doom the whole transaction.
 */
@Component
class BulkParts {

  private static final Logger LOG = LoggerFactory.getLogger(BulkParts.class);

  private final NestedUnit nestedUnit;
  private final WorkingSets workingSets;
  private final BulkChange bulkChange;

  BulkParts(NestedUnit nestedUnit, WorkingSets workingSets, BulkChange bulkChange) {
    this.nestedUnit = nestedUnit;
    this.workingSets = workingSets;
    this.bulkChange = bulkChange;
  }

  /**
   * Changes the agents of an operation, which are locked and of which none is refused, and writes
   * it.
   *
   * @param id the operation's
   * @param now the time of the transaction
   * @return the results in the order of the agents
   * @throws RuntimeException if anything failed that is not one agent's own
   */
  List<AgentResult> apply(BulkAgents bulk, UUID id, Cause cause, Instant now) {
    List<UUID> agents = bulk.agentIds();
    if (agents.isEmpty()) {
      return List.of();
    }
    try {
      return nestedUnit.run(() -> applyTogether(bulk, id, cause, now));
    } catch (RuntimeException e) {
      if (!PartFailure.isItsOwn(e)) {
        throw e;
      }
      if (agents.size() == 1) {
        return List.of(failed(bulk, agents.getFirst(), e));
      }
      int middle = agents.size() / 2;
      List<AgentResult> results = new ArrayList<>(agents.size());
      results.addAll(apply(bulk.on(agents.subList(0, middle)), id, cause, now));
      results.addAll(apply(bulk.on(agents.subList(middle, agents.size())), id, cause, now));
      return results;
    }
  }

  private List<AgentResult> applyTogether(BulkAgents bulk, UUID id, Cause cause, Instant now) {
    LockPlan plan = new LockPlan();
    plan.add(id, bulk);
    // Waits for nothing: the transaction has locked them all.
    WorkingSet set = workingSets.lock(plan).with(new LogBatch(now));
    List<AgentResult> results = bulkChange.apply(bulk.action(), bulk.agentIds(), cause, set);
    workingSets.write(set);
    return results;
  }

  private static AgentResult failed(BulkAgents bulk, UUID agent, RuntimeException failure) {
    Rejection rejection = PartFailure.rejection(bulk.action(), agent, failure);
    // No stack trace of a thousand parts; what the database says could quote rows.
    LOG.atError()
        .addKeyValue("agent", agent)
        .addKeyValue("operation", bulk.action().value())
        .addKeyValue("reason", rejection.reason())
        .log("A part of a bulk operation failed alone and is rejected");
    LOG.atDebug().setCause(failure).log("Why a part of a bulk operation failed");
    return AgentResult.rejected(agent, rejection);
  }
}
