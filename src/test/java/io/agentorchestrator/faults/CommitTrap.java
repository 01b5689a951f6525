package io.agentorchestrator.faults;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Waits for a certain COMMIT to go through a {@link FaultProxy}. It springs once; whoever set it
 * asks whether it did, for a fault that never happened proves nothing.
 */
public final class CommitTrap {

  private final Kind kind;
  private final String statement;
  private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
  private int left;

  /**
   * @param nth which of the COMMITs to come, from 1
   * @param statement part of a statement that the transaction must have executed
   */
  CommitTrap(Kind kind, int nth, String statement) {
    if (nth < 1) {
      throw new IllegalArgumentException("Expected nth to be at least 1, but it is " + nth + ".");
    }
    this.kind = kind;
    this.left = nth;
    this.statement = statement.toLowerCase(Locale.ROOT);
  }

  /** What it does with the COMMIT. */
  public enum Kind {
    /** Lets the server do it, keeps its answer from the client, and cuts the connection. */
    DROP_ANSWER,
    /** Cuts the connection before the server hears of it. */
    CUT_BEFORE
  }

  /**
   * What happened.
   *
   * @param answer what the server said and the client did not hear: {@code COMMIT}, {@code
   *     ROLLBACK} of a transaction that had failed before, an error's SQLSTATE, or {@code none} if
   *     it was not asked, or its connection ended first
   * @param statements the different ones that the transaction had executed
   */
  public record Outcome(Kind kind, Instant at, String answer, Set<String> statements) {

    /** Whether the transaction is committed for sure. */
    public boolean committed() {
      return answer.equals("COMMIT");
    }
  }

  /** Whether it sprang. */
  public boolean hasSprung() {
    return outcome.isDone() && !outcome.isCancelled();
  }

  /**
   * Waits until it has sprung.
   *
   * @throws java.util.concurrent.CompletionException caused by a time-out if it does not in time
   */
  public Outcome await(Duration time) {
    return outcome.copy().orTimeout(time.toMillis(), TimeUnit.MILLISECONDS).join();
  }

  /** Takes it away; what it has begun it ends. */
  public synchronized void disarm() {
    if (left > 0) {
      left = 0;
      outcome.cancel(false);
    }
  }

  Kind kind() {
    return kind;
  }

  /** Whether it springs at the COMMIT of a transaction that executed these. */
  synchronized boolean springs(Set<String> statements) {
    boolean meant =
        statement.isEmpty()
            || statements.stream()
                .anyMatch(each -> each.toLowerCase(Locale.ROOT).contains(statement));
    if (left == 0 || !meant) {
      return false;
    }
    left--;
    return left == 0;
  }

  void sprung(Outcome what) {
    outcome.complete(what);
  }
}
