package io.agentorchestrator.engine;

import io.agentorchestrator.tasks.TaskLocks;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * Lets tasks whose delay is over into the queue. Nothing that anybody sees changes, so there is
 * nothing to log.
 */
@Component
class RetryTimer implements EngineTimer {

  private final TaskLocks taskLocks;
  private final WorkingSets workingSets;

  RetryTimer(TaskLocks taskLocks, WorkingSets workingSets) {
    this.taskLocks = taskLocks;
    this.workingSets = workingSets;
  }

  @Override
  @Transactional
  public boolean run() {
    int queued = taskLocks.queueDue(workingSets.begin(), MOST);
    if (queued > 0) {
      workingSets.signalOnceCommitted();
    }
    return queued == MOST;
  }
}
