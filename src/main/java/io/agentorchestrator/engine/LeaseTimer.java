package io.agentorchestrator.engine;

import io.agentorchestrator.agents.Agent;
import io.agentorchestrator.agents.AgentRegistry;
import io.agentorchestrator.tasks.TaskChange;
import io.agentorchestrator.tasks.TaskLifecycle;
import io.agentorchestrator.tasks.TaskLocks;
import io.agentorchestrator.topics.TopicProperties;
import io.agentorchestrator.workflows.WorkflowProgression;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** Gives up agents whose lease ran out, and releases their tasks. */
@Component
class LeaseTimer implements EngineTimer {

  private final AgentRegistry agentRegistry;
  private final TaskLocks taskLocks;
  private final TaskLifecycle taskLifecycle;
  private final WorkflowProgression workflowProgression;
  private final WorkingSets workingSets;
  private final TopicProperties topics;
  private final Counter expiries;

  LeaseTimer(
      AgentRegistry agentRegistry,
      TaskLocks taskLocks,
      TaskLifecycle taskLifecycle,
      WorkflowProgression workflowProgression,
      WorkingSets workingSets,
      TopicProperties topics,
      MeterRegistry registry) {
    this.expiries =
        Counter.builder("orchestrator.lease.expiries")
            .description("Agents given up because their lease ran out")
            .register(registry);
    this.agentRegistry = agentRegistry;
    this.taskLocks = taskLocks;
    this.taskLifecycle = taskLifecycle;
    this.workflowProgression = workflowProgression;
    this.workingSets = workingSets;
    this.topics = topics;
  }

  @Override
  @Transactional
  public boolean run() {
    workingSets.begin();
    List<UUID> expired = agentRegistry.expired(topics.agentCommands(), MOST);
    if (expired.isEmpty()) {
      return false;
    }
    LockPlan plan = new LockPlan();
    plan.agents().addAll(expired);
    taskLocks.heldBy(expired).forEach(plan.tasks()::addFalling);
    WorkingSet set = workingSets.lockFree(plan);
    // An agent may have been heard of since; nobody can give it a task now or take one.
    Set<UUID> still = agentRegistry.expired(topics.agentCommands(), expired);
    boolean reached = workingSets.holdsAllReached(plan, set);
    int given = 0;
    for (UUID id : still) {
      Agent agent = set.agents().find(id).orElseThrow();
      int held = set.tasks().heldBy(id).size();
      if (held == set.agents().activity(id).runningTasks() && (held == 0 || reached)) {
        TaskChange change = set.change(Causes.leaseExpiry());
        agentRegistry.expire(agent, change.cause(), change.agents(), change.log());
        taskLifecycle.releaseLost(id, change);
        workflowProgression.follow(change, set.workflows());
        given++;
      }
    }
    workingSets.write(set);
    int expiredNow = given;
    AfterCommit.run(() -> expiries.increment(expiredNow));
    return given == MOST;
  }
}
