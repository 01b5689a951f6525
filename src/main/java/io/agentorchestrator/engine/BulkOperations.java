package io.agentorchestrator.engine;

import io.agentorchestrator.agents.AgentRegistry;
import io.agentorchestrator.log.Cause;
import io.agentorchestrator.messages.Command.AgentSelection;
import io.agentorchestrator.messages.Command.BulkAgents;
import io.agentorchestrator.messages.Rejection;
import jakarta.persistence.EntityManager;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Does the same to many agents in one transaction, which is the operation's own: all of them, or,
 * where each is by itself, all that can be.
 */
@Component
class BulkOperations {

  /** The most agents of an operation, whether they are named or meet a condition. */
  static final int MAX_AGENTS = 1000;

  private final AgentRegistry agentRegistry;
  private final BulkChange bulkChange;
  private final BulkParts bulkParts;
  private final BulkOperationRepository repository;
  private final EntityManager entityManager;

  BulkOperations(
      AgentRegistry agentRegistry,
      BulkChange bulkChange,
      BulkParts bulkParts,
      BulkOperationRepository repository,
      EntityManager entityManager) {
    this.agentRegistry = agentRegistry;
    this.bulkChange = bulkChange;
    this.bulkParts = bulkParts;
    this.repository = repository;
    this.entityManager = entityManager;
  }

  /**
   * Makes an operation name its agents, each once: those given, in their order, or those that meet
   * its condition now, by id. One more than is allowed says that there are too many.
   */
  BulkAgents resolve(BulkAgents bulk) {
    AgentSelection selection = bulk.selection();
    return bulk.on(
        selection == null
            ? bulk.agentIds().stream().distinct().toList()
            : agentRegistry.selected(selection, MAX_AGENTS + 1));
  }

  /**
   * Carries an operation out, or says why not.
   *
   * @param bulk as {@link #resolve} returned it
   * @param id the operation's
   * @param set its agents and, where they are released, their tasks
   */
  Optional<Refusal> apply(BulkAgents bulk, UUID id, Cause cause, WorkingSet set) {
    if (repository.existsById(id)) {
      return refused(
          Rejection.alreadyExists(
              "Expected a new bulk operation, but there was one with the id %s.".formatted(id)));
    }
    if (bulk.agentIds().size() > MAX_AGENTS) {
      return refused(
          Rejection.invalidArgument(
              "Expected to %s at most %d agents, but more match the filter."
                  .formatted(bulk.action().verb(), MAX_AGENTS)));
    }
    List<UUID> agents = stillSelected(bulk);
    List<AgentResult> decided = bulkChange.decide(bulk.action(), agents, set.agents());
    return switch (bulk.mode()) {
      case ATOMIC ->
          AtomicRefusal.of(bulk.action(), decided)
              .or(
                  () -> {
                    complete(
                        bulk, id, bulkChange.apply(bulk.action(), agents, cause, set), cause, set);
                    return Optional.empty();
                  });
      case BEST_EFFORT -> {
        complete(bulk, id, eachByItself(bulk, id, decided, cause, set), cause, set);
        yield Optional.empty();
      }
    };
  }

  /** An agent may have changed between the look and the lock. */
  private List<UUID> stillSelected(BulkAgents bulk) {
    AgentSelection selection = bulk.selection();
    if (selection == null) {
      return bulk.agentIds();
    }
    Set<UUID> selected = agentRegistry.selected(selection, bulk.agentIds());
    return bulk.agentIds().stream().filter(selected::contains).toList();
  }

  private List<AgentResult> eachByItself(
      BulkAgents bulk, UUID id, List<AgentResult> decided, Cause cause, WorkingSet set) {
    // The rows stay locked, but the parts read and write them on their own. What this session still
    // held would be older, and could be written over it.
    entityManager.clear();
    List<UUID> possible =
        decided.stream().filter(each -> !each.isRejected()).map(AgentResult::agentId).toList();
    Map<UUID, AgentResult> results = new HashMap<>();
    for (AgentResult each : bulkParts.apply(bulk.on(possible), id, cause, set.log().now())) {
      results.put(each.agentId(), each);
    }
    return decided.stream()
        .map(each -> each.isRejected() ? each : Objects.requireNonNull(results.get(each.agentId())))
        .toList();
  }

  private void complete(
      BulkAgents bulk, UUID id, List<AgentResult> results, Cause cause, WorkingSet set) {
    BulkOperation operation = new BulkOperation(id, results, set.log().now());
    set.log().created(cause, operation, operation.completed(bulk.action(), bulk.mode()));
    entityManager.persist(operation);
  }

  private static Optional<Refusal> refused(Rejection rejection) {
    return Optional.of(Refusal.of(rejection));
  }
}
