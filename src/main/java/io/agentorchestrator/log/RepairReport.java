package io.agentorchestrator.log;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a repair found and did.
 *
 * @param outcome how it ended
 * @param dryRun whether nothing was to be changed
 * @param findings what was found
 * @param entries how many entries the log's table has, once all is done
 * @param events how many events the log topic has, once all is done
 * @param published how many entries were published, or would be
 * @param restored how many entries were brought back into the table, or would be
 * @param entities how many entities were brought forward, by their type; empty in a dry run
 * @param foldsVerified of how many of those the fold of their entries was compared with their row
 * @param slot what became of the replication slot, or would
 * @param checkpoint the WAL position from which the relay starts now; null if none was written
 * @param took how long it took
 * @param paused for how long the workers were paused
 */
public record RepairReport(
    Outcome outcome,
    boolean dryRun,
    List<RepairFinding> findings,
    long entries,
    long events,
    long published,
    long restored,
    Map<String, Long> entities,
    long foldsVerified,
    Slot slot,
    @Nullable String checkpoint,
    Duration took,
    Duration paused) {

  /** How a repair may end. */
  public enum Outcome {
    /** The relay can start as it is, and table and topic agree. */
    NOTHING_TO_DO,
    /** It was repaired, or in a dry run would be. */
    REPAIRED,
    /** It was refused, and nothing was changed; the findings say why. */
    REFUSED
  }

  /** What becomes of the replication slot. */
  public enum Slot {
    /** It is kept. */
    KEPT,
    /** There was none, and it is made. */
    MADE,
    /** It was invalid, and is dropped and made anew. */
    REPLACED
  }
}
