package io.agentorchestrator.commands;

import io.agentorchestrator.agents.AgentRegistry;
import io.agentorchestrator.agents.LockedAgents;
import io.agentorchestrator.commands.CommandOutcome.Kind;
import io.agentorchestrator.commands.Decoded.Unreadable;
import io.agentorchestrator.commands.Decoded.Valid;
import io.agentorchestrator.commands.Inbox.Claim;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.log.OrchestrationLog;
import io.agentorchestrator.messages.Command.Heartbeat;
import io.agentorchestrator.tasks.LockPlan;
import io.agentorchestrator.tasks.LockedTasks;
import io.agentorchestrator.tasks.TaskLocks;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * The one transaction of a poll: claims the commands' keys, locks what they need (keys, tasks,
 * agents, in this order, as everywhere), applies them in the order of the records, and writes the
 * log.
 */
@Component
class CommandTransaction {

  private final Inbox inbox;
  private final TaskLocks taskLocks;
  private final AgentRegistry agentRegistry;
  private final CommandHandler handler;
  private final OrchestrationLog orchestrationLog;
  private final InstantSource clock;

  CommandTransaction(
      Inbox inbox,
      TaskLocks taskLocks,
      AgentRegistry agentRegistry,
      CommandHandler handler,
      OrchestrationLog orchestrationLog,
      InstantSource clock) {
    this.inbox = inbox;
    this.taskLocks = taskLocks;
    this.agentRegistry = agentRegistry;
    this.handler = handler;
    this.orchestrationLog = orchestrationLog;
    this.clock = clock;
  }

  /**
   * Applies records in their order.
   *
   * @param records commands, and dead letters that are on their topic already
   * @param heartbeatsToClaim heartbeats known to be refused, see {@link RunAgainException}
   * @return one outcome a record, valid once this method's transaction is committed
   * @throws RunAgainException if the locks taken do not suffice
   * @throws HandlerException if our own code failed
   */
  @Transactional
  public List<CommandOutcome> apply(
      List<ReceivedRecord> records, Set<CommandKey> heartbeatsToClaim) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    List<Claim> claims =
        inbox.claim(records, withThoseLikelyRefused(records, heartbeatsToClaim), now);

    LockPlan plan = new LockPlan();
    for (int i = 0; i < records.size(); i++) {
      if (records.get(i).decoded() instanceof Valid valid) {
        switch (claims.get(i)) {
          case FRESH, NOT_NEEDED -> plan.add(valid.envelope().subject(), valid.command());
          case REUSED ->
              plan.addSubject(valid.envelope().subject(), valid.envelope().type().entityType());
          case DUPLICATE -> {
            // Nothing will be done or told.
          }
        }
      }
    }
    Set<UUID> taskIds = taskLocks.reached(plan);
    LockedTasks tasks = taskLocks.lock(taskIds, plan);
    Set<UUID> agentIds = tasks.holders();
    agentIds.addAll(plan.agents());
    LockedAgents agents = agentRegistry.lock(agentIds);
    if (!taskIds.containsAll(taskLocks.reached(plan))) {
      throw RunAgainException.moreTasks();
    }

    LogBatch log = new LogBatch(now);
    Set<CommandKey> refusedHeartbeats = new HashSet<>();
    List<CommandOutcome> outcomes = new ArrayList<>(records.size());
    for (int i = 0; i < records.size(); i++) {
      ReceivedRecord each = records.get(i);
      Claim claim = claims.get(i);
      outcomes.add(
          switch (each.decoded()) {
            case Unreadable unreadable ->
                DeadLetterAudit.append(each.record(), unreadable, claim, log);
            case Valid valid -> {
              CommandOutcome outcome = handler.apply(valid, claim, tasks, agents, log);
              if (outcome.kind() == Kind.REJECTED && claim == Claim.NOT_NEEDED) {
                refusedHeartbeats.add(CommandKey.of(valid.envelope()));
              }
              yield outcome;
            }
          });
    }
    if (!refusedHeartbeats.isEmpty()) {
      throw RunAgainException.claimHeartbeats(refusedHeartbeats);
    }
    agentRegistry.persistCreated(agents);
    taskLocks.persistCreated(tasks);
    orchestrationLog.write(log);
    return outcomes;
  }

  /** Saves the second run that a heartbeat of an agent long gone would otherwise cost each time. */
  private Set<CommandKey> withThoseLikelyRefused(
      List<ReceivedRecord> records, Set<CommandKey> heartbeatsToClaim) {
    Map<CommandKey, UUID> heartbeats = new HashMap<>();
    for (ReceivedRecord each : records) {
      if (each.decoded() instanceof Valid valid && valid.command() instanceof Heartbeat) {
        heartbeats.put(CommandKey.of(valid.envelope()), valid.envelope().subject());
      }
    }
    Set<UUID> missing = agentRegistry.notInTheFleet(new HashSet<>(heartbeats.values()));
    Set<CommandKey> toClaim = new HashSet<>(heartbeatsToClaim);
    heartbeats.forEach(
        (key, agent) -> {
          if (missing.contains(agent)) {
            toClaim.add(key);
          }
        });
    return toClaim;
  }
}
