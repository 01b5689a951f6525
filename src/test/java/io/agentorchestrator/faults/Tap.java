package io.agentorchestrator.faults;

import java.nio.ByteBuffer;

/** Sees what goes in one direction of one connection, and may hold it back. */
interface Tap {

  /** Sees nothing. */
  Tap NONE = (chunk, length) -> new Verdict(ByteBuffer.wrap(chunk, 0, length), false);

  /**
   * Takes what has come.
   *
   * @param chunk whose first bytes, as many as said, have come; used again afterwards
   */
  Verdict take(byte[] chunk, int length);

  /**
   * What becomes of it.
   *
   * @param bytes what is to be handed on
   * @param cut whether the connection ends then, both ways
   */
  record Verdict(ByteBuffer bytes, boolean cut) {}
}
