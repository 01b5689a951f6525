package io.agentorchestrator.faults;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** One direction through a proxy, and the fault it has now; all connections share it. */
final class Line {

  /**
   * A fault and which one it is, counted from 0: the same fault set again is another.
   *
   * @param number only ever grows
   */
  record State(long number, Fault fault) {

    /** Whether bytes are on their way, sooner or later. */
    boolean flows() {
      return !(fault instanceof Fault.Stall) && !(fault instanceof Fault.BlackHole);
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final AtomicLong carried = new AtomicLong();
  private volatile State state = new State(0, new Fault.Pass());

  State state() {
    return state;
  }

  void set(Fault fault) {
    lock.lock();
    try {
      state = new State(state.number() + 1, fault);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for another fault than the one given. */
  void awaitChange(State from) throws InterruptedException {
    lock.lock();
    try {
      while (state.number() == from.number()) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits likewise, at most as long as said; returns whether there is another. */
  boolean changesWithin(Duration time, State from) throws InterruptedException {
    long left = time.toNanos();
    lock.lock();
    try {
      while (state.number() == from.number()) {
        if (left <= 0) {
          return false;
        }
        left = changed.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until bytes flow. */
  void awaitFlow() throws InterruptedException {
    for (State now = state; !now.flows(); now = state) {
      awaitChange(now);
    }
  }

  void carried(int bytes) {
    carried.addAndGet(bytes);
  }

  /** How many bytes were handed on. */
  long carried() {
    return carried.get();
  }

  /** A pause so short that no change of fault is waited for. */
  static void moment() throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(20_000);
  }
}
