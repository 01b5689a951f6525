package io.agentorchestrator.cli;

import io.agentorchestrator.messages.Envelope;

/**
 * A command on its way.
 *
 * @param line the line of the input it began at; 0 where there are no lines
 * @param topic where it was sent to
 * @param envelope what it says of itself
 */
record SentCommand(long line, String topic, Envelope envelope) {

  /** Returns the same where there are no lines. */
  SentCommand withoutLine() {
    return new SentCommand(0, topic, envelope);
  }
}
