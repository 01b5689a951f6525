package io.agentorchestrator.log;

import java.time.Duration;

/**
 * How {@link RelayRepair} is to go about it.
 *
 * @param afterRestore whether the database may have forgotten what the log topic holds, and is to
 *     be brought forward
 * @param dryRun whether to change nothing and only say what would be done
 * @param force whether to go on where the topic already holds what nothing can undo
 * @param timeout how long each thing is waited for: that no relay leads, that all workers pause,
 *     that the slot can be made; at least 1 s
 */
public record RepairOptions(boolean afterRestore, boolean dryRun, boolean force, Duration timeout) {

  /** Checks the time-out. */
  public RepairOptions {
    if (timeout.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "timeout: expected at least 1 s, but it is %s".formatted(timeout));
    }
  }
}
