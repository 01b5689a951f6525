package io.agentorchestrator.agents;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * What moves with every heartbeat and every task of an agent: a narrow row without indexes of its
 * own. Read and changed under the lock of the agent's row only.
 */
@Entity
@Table(name = "agent_activity")
public class AgentActivity {

  @Id private UUID agentId;

  @Column(nullable = false)
  private Instant lastSeen;

  @Column(nullable = false)
  private int runningTasks;

  @Column(nullable = false)
  private long completed;

  @Column(nullable = false)
  private long failed;

  @Column(nullable = false)
  private double totalDurationSeconds;

  /** For JPA. */
  @SuppressWarnings("NullAway.Init")
  protected AgentActivity() {}

  AgentActivity(UUID agentId, Instant now) {
    this.agentId = agentId;
    this.lastSeen = now;
  }

  /** Returns the agent this belongs to. */
  public UUID agentId() {
    return agentId;
  }

  /** Returns when the agent was heard of last. */
  public Instant lastSeen() {
    return lastSeen;
  }

  /** Returns how many tasks it holds now. */
  public int runningTasks() {
    return runningTasks;
  }

  /** Returns how many tasks it has completed. */
  public long completed() {
    return completed;
  }

  /** Returns how many attempts of it have failed. */
  public long failed() {
    return failed;
  }

  /** Returns the seconds its completed tasks took from their start, together. */
  public double totalDurationSeconds() {
    return totalDurationSeconds;
  }

  /** Renews the lease; never back in time. */
  void seen(Instant now) {
    if (now.isAfter(lastSeen)) {
      lastSeen = now;
    }
  }

  /** A slot is taken. */
  public void taken() {
    runningTasks++;
  }

  /** A slot is free again, whatever became of the task. */
  public void freed() {
    if (runningTasks == 0) {
      throw new IllegalStateException("agent " + agentId + " frees a slot, but holds no task");
    }
    runningTasks--;
  }

  /** A task was completed. */
  public void succeeded(Duration duration) {
    completed++;
    totalDurationSeconds += Math.max(0, duration.toNanos()) / 1e9;
  }

  /** An attempt failed. */
  public void failedOnce() {
    failed++;
  }
}
