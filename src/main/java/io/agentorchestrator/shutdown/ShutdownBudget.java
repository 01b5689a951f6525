package io.agentorchestrator.shutdown;

import java.time.Duration;

/**
 * What the time from SIGTERM to the end of the process is spent on. The parts follow one another in
 * the order given here. Each ends as soon as its work is done, which takes a moment where nothing
 * hangs; what is not done by then is abandoned: a transaction is rolled back by PostgreSQL, records
 * that were not acknowledged are read again, an open transaction on Kafka is ended by the next
 * relay.
 *
 * <p>Whoever stops the process from outside has to allow more than {@link #TOTAL} before SIGKILL.
 */
public final class ShutdownBudget {

  /** All of it, with a reserve of 1 s; what is not over shortly before is ended by force. */
  public static final Duration TOTAL = Duration.ofSeconds(20);

  /** For the consumers' batches, and the transactions of dispatch and timers, all at once. */
  public static final Duration WORK = Duration.ofSeconds(7);

  /** For what the relay has begun to publish. */
  public static final Duration RELAY = Duration.ofSeconds(3);

  /** For reads that are being answered. */
  public static final Duration READS = Duration.ofSeconds(3);

  /** For questions on the management port, whose answers take up to 2 s. */
  public static final Duration MANAGEMENT = Duration.ofSeconds(2);

  /** For the last spans, where they are collected. */
  public static final Duration SPANS = Duration.ofMillis(500);

  /** For the producer of dead letters to close its connections. */
  public static final Duration PRODUCER = Duration.ofSeconds(1);

  /** For the commands' pool to close its connections. */
  public static final Duration POOL = Duration.ofSeconds(2);

  /** Likewise for each of the reads' pools, where nothing can be lost. */
  public static final Duration READS_POOL = Duration.ofMillis(250);

  /** When the process is ended by force, whatever hangs. */
  static final Duration FORCE = TOTAL.minusSeconds(1);

  private ShutdownBudget() {}
}
