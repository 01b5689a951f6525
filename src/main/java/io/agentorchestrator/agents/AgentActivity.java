package io.agentorchestrator.agents;

import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What moves with every heartbeat and every task of an agent: a narrow row without indexes of its
 * own. Read and changed under the lock of the agent's row only.
 */
@Entity
@Table(name = "agent_activity")
public class AgentActivity {

  /**
   * An agent's work so far.
   *
   * @param completed the tasks it has completed
   * @param failed the attempts that have failed
   * @param successRate the part of both that was completed; null without any
   * @param averageDurationSeconds from start to completion; null without any
   */
  record Performance(
      @Schema(description = "Tasks.", minimum = "0") long completed,
      @Schema(description = "Attempts.", minimum = "0") long failed,
      @Schema(description = "Completed among both; null without any.", minimum = "0", maximum = "1")
          @Nullable Double successRate,
      @Schema(description = "From start to completion; null without any.", minimum = "0")
          @Nullable Double averageDurationSeconds) {}

  @Id private UUID agentId;

  @Column(nullable = false, updatable = false)
  private Instant lastSeen;

  @Column(updatable = false)
  private @Nullable Integer commandPartition;

  @Column(nullable = false)
  private int runningTasks;

  @Column(nullable = false)
  private long completed;

  @Column(nullable = false)
  private long failed;

  @Column(nullable = false)
  private double totalDurationSeconds;

  @Column(nullable = false)
  private boolean available;

  @Column(nullable = false)
  private Instant idleSince;

  /** For JPA. */
  @SuppressWarnings("NullAway.Init")
  protected AgentActivity() {}

  /**
   * Of an agent that has just come into being.
   *
   * @param commandPartition the partition of the agents' commands it was heard on
   */
  AgentActivity(UUID agentId, int commandPartition, Instant now) {
    this.agentId = agentId;
    this.commandPartition = commandPartition;
    this.lastSeen = now;
    this.idleSince = now;
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

  /** Returns what REST shows of the agent's work so far; without any, the ratios are null. */
  Performance performance() {
    return new Performance(
        completed,
        failed,
        completed + failed == 0 ? null : successRate(),
        completed == 0 ? null : totalDurationSeconds / completed);
  }

  /** Returns when a slot was freed last, or the agent came into being. */
  Instant idleSince() {
    return idleSince;
  }

  /** Returns the part of the attempts that were completed, 0 to 1; 1 without any. */
  double successRate() {
    return completed + failed == 0 ? 1 : (double) completed / (completed + failed);
  }

  /** Whether the agent can be given a task now. */
  boolean isAvailable() {
    return available;
  }

  /** Keeps what dispatch finds agents by. */
  void settle(Agent agent) {
    available = agent.status() == AgentStatus.ACTIVE && runningTasks < agent.maxConcurrentTasks();
  }

  /** Remembers the moment in memory; {@link LockedAgents} sees to the row. Never back in time. */
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
  public void freed(Instant now) {
    if (runningTasks == 0) {
      throw new IllegalStateException("agent " + agentId + " frees a slot, but holds no task");
    }
    runningTasks--;
    idleSince = now;
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
