package io.agentorchestrator.commands;

import io.agentorchestrator.messages.Command;
import io.agentorchestrator.messages.Envelope;

/** What a record turned out to be. */
sealed interface Decoded {

  /** A command within all bounds. */
  record Valid(Envelope envelope, Command command) implements Decoded {}

  /**
   * No command.
   *
   * @param reason the kind
   * @param message which field and why; carries nothing of the record's content but lengths
   * @param identity what could be read of the envelope all the same
   */
  record Unreadable(DeadLetterReason reason, String message, Identity identity)
      implements Decoded {}
}
