package io.agentorchestrator.commands;

import io.agentorchestrator.messages.RejectionType;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What became of a record, to be counted once its transaction is committed.
 *
 * @param type the command's type with version, or null where it could not be told
 * @param kind how it ended
 * @param rejectionType why it was refused, or null
 * @param deadLetterReason why it is a dead letter, or null
 */
record CommandOutcome(
    @Nullable String type,
    Kind kind,
    @Nullable RejectionType rejectionType,
    @Nullable DeadLetterReason deadLetterReason) {

  /** How a record may end. */
  enum Kind {
    ACCEPTED,
    REJECTED,
    DUPLICATE,
    DEAD_LETTERED;

    String tag() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static CommandOutcome of(String type, Kind kind) {
    return new CommandOutcome(type, kind, null, null);
  }

  static CommandOutcome rejected(String type, RejectionType why) {
    return new CommandOutcome(type, Kind.REJECTED, why, null);
  }
}
