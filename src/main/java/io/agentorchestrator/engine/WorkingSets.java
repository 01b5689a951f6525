package io.agentorchestrator.engine;

import io.agentorchestrator.agents.AgentRegistry;
import io.agentorchestrator.agents.LockedAgents;
import io.agentorchestrator.database.DatabaseClock;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.log.LogGate;
import io.agentorchestrator.log.OrchestrationLog;
import io.agentorchestrator.tasks.LockedTasks;
import io.agentorchestrator.tasks.Task;
import io.agentorchestrator.tasks.TaskLocks;
import io.agentorchestrator.workflows.LockedWorkflows;
import io.agentorchestrator.workflows.WorkflowLocks;
import java.time.Instant;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Locks what a transaction needs and writes what it did, in one order everywhere: tasks, agents,
 * workflows, each by id. Whoever waits for a row so holds only rows in front of it, and nobody
 * waits in a circle. Timers and dispatch pass over tasks that somebody else has locked, and
 * dispatch over such agents; but where it gets nowhere it waits for them, as timers do: those of a
 * busy fleet may hardly ever be free.
 */
@Component
@Transactional(propagation = Propagation.MANDATORY)
public class WorkingSets {

  private final TaskLocks taskLocks;
  private final AgentRegistry agentRegistry;
  private final WorkflowLocks workflowLocks;
  private final MatchQueries matchQueries;
  private final LogGate logGate;
  private final OrchestrationLog orchestrationLog;
  private final DatabaseClock clock;
  private final DispatchSignal dispatchSignal;

  WorkingSets(
      TaskLocks taskLocks,
      AgentRegistry agentRegistry,
      WorkflowLocks workflowLocks,
      MatchQueries matchQueries,
      LogGate logGate,
      OrchestrationLog orchestrationLog,
      DatabaseClock clock,
      DispatchSignal dispatchSignal) {
    this.taskLocks = taskLocks;
    this.agentRegistry = agentRegistry;
    this.workflowLocks = workflowLocks;
    this.matchQueries = matchQueries;
    this.logGate = logGate;
    this.orchestrationLog = orchestrationLog;
    this.clock = clock;
    this.dispatchSignal = dispatchSignal;
  }

  /**
   * Begins a transaction that is going to lock or write rows; before the first of them, and before
   * it reads any.
   *
   * @return the time
   * @throws io.agentorchestrator.log.LogGateClosedException if nothing may be written now
   */
  public Instant begin() {
    return logGate.enter();
  }

  /**
   * Locks all that a plan needs, and waits for it.
   *
   * @throws LocksGrewException if more turned out to be needed: roll back, and try again
   */
  public WorkingSet lock(LockPlan plan) {
    Set<UUID> taskIds = taskLocks.reached(plan.tasks());
    LockedTasks tasks = taskLocks.lock(taskIds, plan.tasks());
    Set<UUID> agentIds = new HashSet<>(plan.agents());
    agentIds.addAll(bestAgents(plan, plan.bestMatched()));
    WorkingSet set = lockOthers(tasks, agentIds, plan.workflows());
    if (!taskIds.containsAll(taskLocks.reached(plan.tasks())) || isOutrun(plan, set)) {
      throw new LocksGrewException();
    }
    return set;
  }

  /** As many for each demand as the plan assigns tasks, for any of them may take a slot before. */
  private Set<UUID> bestAgents(LockPlan plan, Set<UUID> tasks) {
    int most = plan.tasks().assigned().size();
    Set<UUID> agents = new HashSet<>(matchQueries.bestAgentsFor(tasks, most));
    // Tasks that are yet to be written are in no table.
    tasks.stream()
        .map(plan.created()::get)
        .filter(Objects::nonNull)
        .distinct()
        .forEach(required -> agents.addAll(matchQueries.bestAgentsWith(required, most)));
    return agents;
  }

  /** Whether the agents found were taken before they were locked, but others are free. */
  private boolean isOutrun(LockPlan plan, WorkingSet set) {
    Set<UUID> unmatched = new HashSet<>();
    for (UUID id : plan.bestMatched()) {
      set.tasks()
          .find(id)
          .map(Task::requiredCapabilities)
          .or(() -> Optional.ofNullable(plan.created().get(id)))
          .filter(required -> set.agents().bestFor(required).isEmpty())
          .ifPresent(required -> unmatched.add(id));
    }
    return !unmatched.isEmpty() && !bestAgents(plan, unmatched).isEmpty();
  }

  /**
   * Locks what a plan needs, but of the tasks only those that nobody else has locked: see {@link
   * #holdsAllReached}.
   */
  WorkingSet lockFree(LockPlan plan) {
    LockedTasks tasks = taskLocks.lockFree(taskLocks.reached(plan.tasks()));
    return lockOthers(tasks, plan.agents(), plan.workflows());
  }

  /** Whether all tasks that a plan comes to, now that it is locked, are locked. */
  boolean holdsAllReached(LockPlan plan, WorkingSet set) {
    return taskLocks.reached(plan.tasks()).stream()
        .allMatch(id -> set.tasks().find(id).isPresent());
  }

  /**
   * Locks agents, and the workflows of tasks that are locked and that nobody holds.
   *
   * @param patiently whether to wait for agents that somebody else has locked; if not, they are
   *     left out
   */
  WorkingSet lockForAssignment(LockedTasks tasks, Set<UUID> agents, boolean patiently) {
    return lockWorkflows(
        tasks, patiently ? agentRegistry.lock(agents) : agentRegistry.lockFree(agents), Set.of());
  }

  private WorkingSet lockOthers(LockedTasks tasks, Set<UUID> agents, Set<UUID> workflows) {
    Set<UUID> agentIds = tasks.holders();
    agentIds.addAll(agents);
    return lockWorkflows(tasks, agentRegistry.lock(agentIds), workflows);
  }

  private WorkingSet lockWorkflows(
      LockedTasks tasks, LockedAgents lockedAgents, Set<UUID> workflows) {
    Set<UUID> workflowIds = tasks.workflows();
    workflowIds.addAll(workflows);
    LockedWorkflows lockedWorkflows = workflowLocks.lock(workflowIds);
    // Only now: so time never goes back for a row that others changed while this one waited.
    return new WorkingSet(tasks, lockedAgents, lockedWorkflows, new LogBatch(clock.now()));
  }

  /** Writes what was done. Once it is committed, dispatch hears of what can be matched. */
  public void write(WorkingSet set) {
    boolean waiting = set.tasks().settle(set.log().now());
    boolean available = set.agents().settle();
    agentRegistry.persist(set.agents(), set.log().now());
    workflowLocks.persistCreated(set.workflows());
    taskLocks.persistCreated(set.tasks());
    orchestrationLog.write(set.log());
    if (waiting || available) {
      signalOnceCommitted();
    }
  }

  /** Tells dispatch, once the transaction is committed, that something may be matched. */
  void signalOnceCommitted() {
    AfterCommit.run(dispatchSignal::raise);
  }
}
