package io.agentorchestrator.engine;

import io.agentorchestrator.tasks.Task;
import io.agentorchestrator.tasks.TaskChange;
import io.agentorchestrator.tasks.TaskLifecycle;
import io.agentorchestrator.tasks.TaskLocks;
import io.agentorchestrator.workflows.WorkflowProgression;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** Ends attempts whose deadline has passed. */
@Component
class DeadlineTimer implements EngineTimer {

  private final TaskLocks taskLocks;
  private final TaskLifecycle taskLifecycle;
  private final WorkflowProgression workflowProgression;
  private final WorkingSets workingSets;

  DeadlineTimer(
      TaskLocks taskLocks,
      TaskLifecycle taskLifecycle,
      WorkflowProgression workflowProgression,
      WorkingSets workingSets) {
    this.taskLocks = taskLocks;
    this.taskLifecycle = taskLifecycle;
    this.workflowProgression = workflowProgression;
    this.workingSets = workingSets;
  }

  @Override
  @Transactional
  public boolean run() {
    List<UUID> overdue = taskLocks.overdue(workingSets.begin(), MOST);
    if (overdue.isEmpty()) {
      return false;
    }
    LockPlan plan = new LockPlan();
    overdue.forEach(plan.tasks()::addFalling);
    WorkingSet set = workingSets.lockFree(plan);
    boolean reached = workingSets.holdsAllReached(plan, set);
    int ended = 0;
    for (UUID id : overdue) {
      Optional<Task> task = set.tasks().find(id).filter(each -> reached || each.hasRetryLeft());
      if (task.isPresent()) {
        TaskChange change = set.change(Causes.taskTimeout());
        taskLifecycle.timeOut(task.get(), change);
        workflowProgression.follow(change, set.workflows());
        ended++;
      }
    }
    workingSets.write(set);
    return ended == MOST;
  }
}
