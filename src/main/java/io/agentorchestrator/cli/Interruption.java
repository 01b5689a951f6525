package io.agentorchestrator.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Notices Ctrl-C while something must not end anywhere: the command asks now and then, ends where
 * it can, and has a moment to tell what it did.
 */
final class Interruption implements AutoCloseable {

  private static final int MOMENT_SECONDS = 10;

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook = new Thread(this::request, "interruption");
  private volatile boolean requested;

  private Interruption() {}

  /** Begins to watch; to be closed when the end may come at any time again. */
  static Interruption watch() {
    Interruption interruption = new Interruption();
    Runtime.getRuntime().addShutdownHook(interruption.hook);
    return interruption;
  }

  /** Whether the end was asked for. */
  boolean isRequested() {
    return requested;
  }

  /**
   * Waits for so long, or until the end is asked for.
   *
   * @return whether it is
   */
  boolean await(long time, TimeUnit unit) throws InterruptedException {
    return asked.await(time, unit);
  }

  private void request() {
    requested = true;
    asked.countDown();
    try {
      if (!ended.await(MOMENT_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("Ended before it was known what came of everything that was sent.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    ended.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending already, and the hook is running.
    }
  }
}
