package io.agentorchestrator.tasks;

import io.agentorchestrator.messages.ContentDigest;
import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Where a task stands in the queue of what dispatch may assign. All of it follows from the task's
 * fields; it is kept, for an index on it finds what waits. It is nobody's field, so a change of it
 * is no event.
 */
@Embeddable
class QueuePlace {

  @Column(nullable = false, updatable = false)
  private UUID demand;

  @Column(nullable = false, updatable = false)
  private Instant queueRank;

  @Column(nullable = false)
  private boolean queued;

  @Column(nullable = false)
  private short openDependencies;

  @Column(nullable = false)
  private boolean heldBack;

  /** For JPA. */
  @SuppressWarnings("NullAway.Init")
  protected QueuePlace() {}

  /**
   * The place of a new task.
   *
   * @param required what an agent must be capable of: tasks that require the same stand in one line
   * @param rank its place in the line, the earliest first
   * @param openDependencies how many of its dependencies are not completed
   * @param heldBack whether its workflow is paused
   */
  QueuePlace(Collection<String> required, Instant rank, int openDependencies, boolean heldBack) {
    this.demand = demand(required);
    this.queueRank = rank;
    this.openDependencies = (short) openDependencies;
    this.heldBack = heldBack;
  }

  /** A number for a set of capabilities, which may be too long for an index. */
  static UUID demand(Collection<String> required) {
    String names = String.join("\n", new TreeSet<>(required));
    ByteBuffer digest =
        ByteBuffer.wrap(ContentDigest.of(names.getBytes(StandardCharsets.UTF_8)).bytes());
    return new UUID(digest.getLong(), digest.getLong());
  }

  boolean isBlocked() {
    return openDependencies > 0;
  }

  /** Whether the task itself gives no reason against an assignment: nothing blocks or pauses it. */
  boolean isFree() {
    return openDependencies == 0 && !heldBack;
  }

  void holdBack(boolean hold) {
    heldBack = hold;
  }

  /** One of the dependencies was completed. */
  void dependencyCompleted() {
    if (openDependencies == 0) {
      throw new IllegalStateException("no dependency was open");
    }
    openDependencies--;
  }

  boolean isQueued() {
    return queued;
  }

  void queue(boolean waits) {
    queued = waits;
  }
}
