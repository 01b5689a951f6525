package io.agentorchestrator.commands;

import io.agentorchestrator.messages.Envelope;

/** What identifies a command. */
record CommandKey(String id, String source) {

  static CommandKey of(Envelope envelope) {
    return new CommandKey(envelope.id(), envelope.source());
  }
}
