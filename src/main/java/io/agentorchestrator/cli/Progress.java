package io.agentorchestrator.cli;

import java.io.PrintWriter;
import java.time.Duration;

/**
 * How far something long is, on one line of the standard error that is written over and wiped in
 * the end. Where nobody looks, nothing is written.
 */
final class Progress implements AutoCloseable {

  private static final long EVERY_NANOS = Duration.ofMillis(200).toNanos();
  private static final int WIDTH = 30;
  private static final String WIPE = "\r\u001b[K";

  private final PrintWriter err;
  private final String what;
  private final long total;
  private final boolean visible;
  private final long begun = System.nanoTime();
  private long shownAt = begun;
  private boolean shown;

  /**
   * Begins.
   *
   * @param what what is done, such as {@code sent}
   * @param total of what the end is reached; 0 if nobody knows
   * @param visible whether somebody looks
   */
  Progress(PrintWriter err, String what, long total, boolean visible) {
    this.err = err;
    this.what = what;
    this.total = total;
    this.visible = visible;
  }

  /**
   * Tells how far it is; cheap.
   *
   * @param done how much of the total
   * @param count how many things that was
   */
  void at(long done, long count) {
    long now = System.nanoTime();
    if (visible && now - shownAt >= EVERY_NANOS) {
      shownAt = now;
      shown = true;
      err.print(WIPE + text(done, count, Duration.ofNanos(now - begun)));
      err.flush();
    }
  }

  /** Returns the line. */
  String text(long done, long count, Duration elapsed) {
    String speed = "%,d %s, %,.0f/s".formatted(count, what, count / (elapsed.toNanos() / 1e9));
    if (total <= 0) {
      return speed;
    }
    double part = Math.clamp((double) done / total, 0.0, 1.0);
    int full = (int) (part * WIDTH);
    return "[%s%s] %3.0f %%  %s"
        .formatted("#".repeat(full), ".".repeat(WIDTH - full), part * 100, speed);
  }

  /**
   * Wipes the line, for another text to be printed; the next call of {@link #at} shows it again.
   */
  void wipe() {
    if (shown) {
      err.print(WIPE);
      err.flush();
      shown = false;
    }
  }

  @Override
  public void close() {
    wipe();
  }
}
