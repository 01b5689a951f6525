package io.agentorchestrator.engine;

import io.agentorchestrator.tasks.TaskChange;
import io.agentorchestrator.workflows.WorkflowLocks;
import io.agentorchestrator.workflows.WorkflowProgression;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** Fails workflows whose time has run out, one a transaction. */
@Component
class WorkflowTimer implements EngineTimer {

  private final WorkflowLocks workflowLocks;
  private final WorkflowProgression workflowProgression;
  private final WorkingSets workingSets;
  private final RandomGenerator random = RandomGenerator.getDefault();

  WorkflowTimer(
      WorkflowLocks workflowLocks,
      WorkflowProgression workflowProgression,
      WorkingSets workingSets) {
    this.workflowLocks = workflowLocks;
    this.workflowProgression = workflowProgression;
    this.workingSets = workingSets;
  }

  @Override
  @Transactional
  public boolean run() {
    List<UUID> overdue = workflowLocks.overdue(workingSets.begin(), MOST);
    if (overdue.isEmpty()) {
      return false;
    }
    // Any of them: should somebody keep one locked, the others have their turn.
    UUID id = overdue.get(random.nextInt(overdue.size()));
    LockPlan plan = new LockPlan();
    plan.workflows().add(id);
    plan.tasks().addFallingWorkflow(id);
    WorkingSet set = workingSets.lockFree(plan);
    if (!workingSets.holdsAllReached(plan, set)) {
      return false;
    }
    TaskChange change = set.change(Causes.workflowTimeout());
    workflowProgression.timeOut(id, change, set.workflows());
    workflowProgression.follow(change, set.workflows());
    workingSets.write(set);
    return overdue.size() > 1;
  }
}
