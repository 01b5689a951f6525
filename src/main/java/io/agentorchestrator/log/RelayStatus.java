package io.agentorchestrator.log;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the relay of this worker does.
 *
 * @param state what it does
 * @param since since when
 * @param reason why it does not lead, naming no hosts or users, or null where the state says it all
 */
record RelayStatus(State state, Instant since, @Nullable String reason) {

  /** What a relay can be doing. */
  enum State {
    /** Not started, stopped, or switched off. */
    STOPPED,
    /** Starting, or finding out who leads. */
    STARTING,
    /** Another worker leads; this one is ready to take over. */
    STANDBY,
    /** Publishing. */
    LEADING,
    /** Something failed; it is tried again, with growing pauses. */
    BACKING_OFF,
    /** Going on would lose or repeat events: somebody has to act. It is looked at again anyway. */
    REFUSED
  }
}
