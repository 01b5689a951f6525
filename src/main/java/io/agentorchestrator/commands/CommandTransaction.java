package io.agentorchestrator.commands;

import io.agentorchestrator.agents.AgentRegistry;
import io.agentorchestrator.commands.CommandOutcome.Kind;
import io.agentorchestrator.commands.Decoded.Unreadable;
import io.agentorchestrator.commands.Decoded.Valid;
import io.agentorchestrator.commands.Inbox.Claim;
import io.agentorchestrator.engine.LockPlan;
import io.agentorchestrator.engine.WorkingSet;
import io.agentorchestrator.engine.WorkingSets;
import io.agentorchestrator.messages.Command.Heartbeat;
import io.agentorchestrator.messages.Envelope;
import jakarta.persistence.EntityManager;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.interceptor.TransactionInterceptor;

/**
 * The one transaction of a poll: claims the commands' keys, locks what they need, applies them in
 * the order of the records, and writes what came of it.
 */
@Component
class CommandTransaction {

  private final Inbox inbox;
  private final AgentRegistry agentRegistry;
  private final CommandHandler handler;
  private final WorkingSets workingSets;
  private final EntityManager entityManager;

  CommandTransaction(
      Inbox inbox,
      AgentRegistry agentRegistry,
      CommandHandler handler,
      WorkingSets workingSets,
      EntityManager entityManager) {
    this.inbox = inbox;
    this.agentRegistry = agentRegistry;
    this.handler = handler;
    this.workingSets = workingSets;
    this.entityManager = entityManager;
  }

  /**
   * Applies records in their order.
   *
   * @param received commands, and dead letters that are on their topic already
   * @param heartbeatsToClaim heartbeats known to be refused, see {@link RunAgainException}
   * @return one outcome a record, valid once this method's transaction is committed
   * @throws io.agentorchestrator.engine.LocksGrewException if the locks taken do not suffice
   * @throws RunAgainException if heartbeats were refused without a key
   * @throws HandlerException if our own code failed
   * @throws io.agentorchestrator.log.LogGateClosedException if nothing may be written now
   */
  @Transactional
  public List<CommandOutcome> apply(
      List<ReceivedRecord> received, Set<CommandKey> heartbeatsToClaim) {
    Instant now = workingSets.begin();
    List<Claim> claims =
        inbox.claim(received, withThoseLikelyRefused(received, heartbeatsToClaim), now);
    List<ReceivedRecord> records = received.stream().map(handler::resolve).toList();
    WorkingSet set = workingSets.lock(plan(records, claims));
    Set<CommandKey> refusedHeartbeats = new HashSet<>();
    List<CommandOutcome> outcomes = new ArrayList<>(records.size());
    for (int i = 0; i < records.size(); i++) {
      ReceivedRecord each = records.get(i);
      Claim claim = claims.get(i);
      CommandOutcome outcome = each.span().call(() -> apply(each, claim, set));
      outcomes.add(outcome);
      if (each.decoded() instanceof Valid valid
          && outcome.kind() == Kind.REJECTED
          && claim == Claim.NOT_NEEDED) {
        refusedHeartbeats.add(CommandKey.of(valid.envelope()));
      }
    }
    if (!refusedHeartbeats.isEmpty()) {
      throw new RunAgainException(refusedHeartbeats);
    }
    workingSets.write(set);
    return outcomes;
  }

  private CommandOutcome apply(ReceivedRecord received, Claim claim, WorkingSet set) {
    return switch (received.decoded()) {
      case Unreadable unreadable ->
          DeadLetterAudit.append(received.record(), unreadable, claim, set.log());
      case Valid valid -> handler.apply(valid, received.record(), claim, set);
    };
  }

  /**
   * Sees whether a record's giving up could be written down, and undoes it: whether it is the
   * record's fault alone that it failed, or whether nothing can be written now.
   *
   * @return what would come of it: a duplicate if it was given up before
   * @throws RuntimeException if it cannot
   */
  @Transactional
  public CommandOutcome rehearse(ReceivedRecord deadLetter) {
    CommandOutcome outcome = apply(List.of(deadLetter), Set.of()).getFirst();
    entityManager.flush();
    TransactionInterceptor.currentTransactionStatus().setRollbackOnly();
    return outcome;
  }

  private LockPlan plan(List<ReceivedRecord> records, List<Claim> claims) {
    LockPlan plan = new LockPlan();
    for (int i = 0; i < records.size(); i++) {
      if (records.get(i).decoded() instanceof Valid valid) {
        switch (claims.get(i)) {
          case FRESH, NOT_NEEDED -> {
            if (handler.isForbidden(valid.envelope())) {
              addSubject(valid, plan);
            } else {
              plan.add(valid.envelope().subject(), valid.command());
            }
          }
          case REUSED -> addSubject(valid, plan);
          case DUPLICATE -> {
            // Nothing will be done or told.
          }
        }
      }
    }
    return plan;
  }

  /** Whoever may not send a command has no others locked by it either. */
  private static void addSubject(Valid valid, LockPlan plan) {
    plan.addSubject(valid.envelope().subject(), valid.envelope().type().entityType());
  }

  /** Saves the second run that a heartbeat of an agent long gone would otherwise cost each time. */
  private Set<CommandKey> withThoseLikelyRefused(
      List<ReceivedRecord> records, Set<CommandKey> heartbeatsToClaim) {
    Map<CommandKey, Envelope> heartbeats = new HashMap<>();
    for (ReceivedRecord each : records) {
      if (each.decoded() instanceof Valid valid && valid.command() instanceof Heartbeat) {
        heartbeats.put(CommandKey.of(valid.envelope()), valid.envelope());
      }
    }
    Set<UUID> missing =
        agentRegistry.notInTheFleet(
            heartbeats.values().stream().map(Envelope::subject).collect(Collectors.toSet()));
    Set<CommandKey> toClaim = new HashSet<>(heartbeatsToClaim);
    heartbeats.forEach(
        (key, heartbeat) -> {
          if (missing.contains(heartbeat.subject()) || handler.isForbidden(heartbeat)) {
            toClaim.add(key);
          }
        });
    return toClaim;
  }
}
