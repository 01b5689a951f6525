package io.agentorchestrator.commands;

import io.agentorchestrator.messages.Command;
import io.agentorchestrator.messages.Envelope;

/** What a record turned out to be. */
sealed interface Decoded {

  /** Returns the same within another trace context. */
  Decoded within(String context);

  /** A command within all bounds. */
  record Valid(Envelope envelope, Command command) implements Decoded {
    @Override
    public Valid within(String context) {
      return new Valid(envelope.within(context), command);
    }
  }

  /**
   * No command.
   *
   * @param reason the kind
   * @param message which field and why; carries nothing of the record's content but lengths and
   *     names of fields, at most 1000 characters, none of them a control character, so that it can
   *     be stored wherever a text can
   * @param identity what could be read of the envelope all the same
   */
  record Unreadable(DeadLetterReason reason, String message, Identity identity) implements Decoded {

    private static final int MAX_MESSAGE = 1000;

    public Unreadable {
      message =
          message
              .codePoints()
              .limit(MAX_MESSAGE)
              .map(c -> isPrintable(c) ? c : 0xFFFD)
              .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
              .toString();
    }

    @Override
    public Unreadable within(String context) {
      return new Unreadable(reason, message, identity.within(context));
    }

    private static boolean isPrintable(int codePoint) {
      return !Character.isISOControl(codePoint)
          && Character.getType(codePoint) != Character.SURROGATE;
    }
  }
}
