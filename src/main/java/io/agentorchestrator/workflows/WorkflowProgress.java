package io.agentorchestrator.workflows;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.UUID;

/**
 * How far the tasks of a workflow are: a narrow row of its own. Read and changed under the lock of
 * the workflow's row only.
 */
@Entity
@Table(name = "workflow_progress")
class WorkflowProgress {

  @Id private UUID workflowId;

  @Column(nullable = false)
  private short tasks;

  @Column(nullable = false)
  private short openTasks;

  @Column(nullable = false)
  private boolean failed;

  /** For JPA. */
  @SuppressWarnings("NullAway.Init")
  protected WorkflowProgress() {}

  WorkflowProgress(UUID workflowId) {
    this.workflowId = workflowId;
  }

  UUID workflowId() {
    return workflowId;
  }

  /** How many tasks it has. */
  int tasks() {
    return tasks;
  }

  /** Whether all its tasks have ended. */
  boolean isDone() {
    return openTasks == 0;
  }

  /** Whether a task ended otherwise than completed. */
  boolean hasFailed() {
    return failed;
  }

  void taskCreated() {
    tasks++;
    openTasks++;
  }

  void taskEnded(boolean completed) {
    openTasks--;
    failed |= !completed;
  }
}
