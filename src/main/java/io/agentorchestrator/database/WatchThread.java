package io.agentorchestrator.database;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Watches something from its start to its stop, on a virtual thread of its own. What it does goes
 * on while {@link #goesOn}, and pauses by {@link #pause}, which a stop cuts short.
 */
final class WatchThread {

  private final String name;
  private final Runnable work;
  private volatile @Nullable Thread thread;

  WatchThread(String name, Runnable work) {
    this.name = name;
    this.work = work;
  }

  void start() {
    thread = Thread.ofVirtual().name(name).unstarted(work);
    thread.start();
  }

  void stop() {
    Thread watching = thread;
    thread = null;
    if (watching != null) {
      watching.interrupt();
    }
  }

  boolean isRunning() {
    return thread != null;
  }

  /** Whether the caller, which is at work here, is not to stop. */
  boolean goesOn() {
    Thread own = Thread.currentThread();
    return thread == own && !own.isInterrupted();
  }

  /** Has the caller, which is at work here, wait; for less if it is to stop. */
  void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
