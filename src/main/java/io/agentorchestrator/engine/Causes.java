package io.agentorchestrator.engine;

import io.agentorchestrator.log.Cause;
import io.agentorchestrator.messages.LogEvent;
import org.hibernate.id.uuid.UuidVersion7Strategy;

/** The causes of what moves without a command: each time another, as if it were one. */
final class Causes {

  private static final String DISPATCH = LogEvent.SOURCE + "/dispatch";
  private static final String TIMER = LogEvent.SOURCE + "/timer";

  private Causes() {}

  /** Dispatch gives a task to an agent. */
  static Cause dispatch() {
    return of(DISPATCH, "task.assign");
  }

  /** The lease of an agent ran out. */
  static Cause leaseExpiry() {
    return of(TIMER, "agent.expire");
  }

  /** The deadline of a task's attempt passed. */
  static Cause taskTimeout() {
    return of(TIMER, "task.time-out");
  }

  /** The deadline of a workflow passed. */
  static Cause workflowTimeout() {
    return of(TIMER, "workflow.time-out");
  }

  private static Cause of(String source, String operation) {
    return new Cause(
        source,
        UuidVersion7Strategy.INSTANCE.generateUuid(null).toString(),
        null,
        null,
        operation,
        source,
        null,
        null);
  }
}
