package io.agentorchestrator.faults;

import java.util.Arrays;
import java.util.Locale;

/**
 * A place in a worker's work where {@link Failpoints} can break it. Production code knows nothing
 * of them: they are woven into the worker's JVM, by {@link FailpointsAgent}.
 *
 * <p>Only work that tells something counts: a transaction that appends to the log, a chunk with
 * events in it. The rest goes by unseen, so that the n-th hit is the n-th that matters.
 */
public enum Failpoint {
  /** All is written; nothing is decided. */
  BEFORE_DATABASE_COMMIT,
  /** Commands are applied; their offsets are not committed. */
  AFTER_DATABASE_COMMIT,
  /** Likewise, of a transaction of dispatch. */
  BEFORE_DISPATCH_COMMIT,
  AFTER_DISPATCH_COMMIT,
  /** Likewise, of a transaction of the timers. */
  BEFORE_TIMERS_COMMIT,
  AFTER_TIMERS_COMMIT,
  /** A dead letter is about to be sent; nobody keeps it yet. */
  BEFORE_DEAD_LETTER_SEND,
  /** Kafka has acknowledged a dead letter; the database knows nothing of the poll it is from. */
  AFTER_DEAD_LETTER_SEND,
  /** The offsets of a poll that is applied are about to be committed. */
  BEFORE_OFFSET_COMMIT,
  AFTER_OFFSET_COMMIT,
  /** A transaction on Kafka is begun, and has none of its events. */
  BEFORE_RELAY_SEND,
  /** Kafka has all events of a chunk, in a transaction that is not committed. */
  AFTER_RELAY_SEND,
  /** The chunk is published; the engine has not been told. */
  AFTER_RELAY_COMMIT,
  /** The engine has been told; the slot may not have. */
  AFTER_MARK_PROCESSED;

  /** Which of them it is, from 0. */
  int place() {
    return Arrays.asList(values()).indexOf(this);
  }

  /** What its files are called. */
  String fileName(String suffix) {
    return name().toLowerCase(Locale.ROOT).replace('_', '-') + suffix;
  }
}
