package io.agentorchestrator.faults;

import java.time.Duration;

/** What a {@link FaultProxy} does to the bytes of one direction. */
sealed interface Fault {

  /** Hands everything on at once. */
  record Pass() implements Fault {}

  /**
   * Hands nothing on and takes nothing in, so that the sender's buffers fill up; afterwards
   * everything goes on and nothing is lost. An end of the connection waits too.
   */
  record Stall() implements Fault {}

  /**
   * A network that hangs: takes everything and hands nothing on, neither bytes nor the end of a
   * connection. A connection that lost something is cut when this is over; one over which nothing
   * was said meanwhile goes on.
   */
  record BlackHole() implements Fault {}

  /**
   * Hands each chunk, of at most 64 KiB, on after some time. Chunks wait one after the other.
   *
   * @param jitter the most that is added at random, from the proxy's seed
   */
  record Delay(Duration fixed, Duration jitter) implements Fault {}

  /**
   * Hands on one byte at a time, with a short pause after each, so that who reads sees it alone.
   *
   * @param bytes of each connection, counted from when this began; all further ones pass
   */
  record Slice(int bytes) implements Fault {}

  /**
   * A narrow line.
   *
   * @param bytesPerSecond of each connection
   */
  record Throttle(int bytesPerSecond) implements Fault {}
}
