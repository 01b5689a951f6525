package io.agentorchestrator.local;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/**
 * Waits for processes, on the thread that asks: {@link Process#onExit} is completed by the common
 * pool, whose few threads other tests may keep busy.
 */
final class Processes {

  private Processes() {}

  /** The exit code, or empty if it does not end in time. */
  static OptionalInt awaitEnd(Process process, Duration time) {
    try {
      return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS)
          ? OptionalInt.of(process.exitValue())
          : OptionalInt.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Ends it with SIGKILL, and waits until it is gone. */
  static void kill(Process process) {
    process.destroyForcibly();
    Duration time = Duration.ofMinutes(1);
    awaitEnd(process, time)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "Process %d is there %s after SIGKILL".formatted(process.pid(), time)));
  }
}
