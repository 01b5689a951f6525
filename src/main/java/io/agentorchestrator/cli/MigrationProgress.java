package io.agentorchestrator.cli;

import io.agentorchestrator.migration.OldKind;
import io.agentorchestrator.migration.RedisImport;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** How far a move of records is, one kind after the other; where nobody looks, nothing. */
final class MigrationProgress implements RedisImport.Progress, AutoCloseable {

  private final PrintWriter err;
  private final boolean visible;
  private @Nullable OldKind kind;
  private @Nullable Progress shown;

  /**
   * Begins.
   *
   * @param visible whether somebody looks
   */
  MigrationProgress(PrintWriter err, boolean visible) {
    this.err = err;
    this.visible = visible;
  }

  @Override
  public void at(OldKind of, long done, long total) {
    Progress current = shown;
    if (current == null || kind != of) {
      wipe();
      current = new Progress(err, of.key(), total, visible);
      kind = of;
      shown = current;
    }
    current.at(done, done);
  }

  /** Wipes the line, for another text to be printed; the next round begins a line of its own. */
  void wipe() {
    if (shown != null) {
      shown.wipe();
      shown = null;
    }
  }

  @Override
  public void close() {
    wipe();
  }
}
