package io.agentorchestrator.messages;

import io.swagger.v3.oas.annotations.media.Schema;

/**
 * A refusal, as a value: whoever returns it has changed nothing.
 *
 * @param type the kind
 * @param reason a sentence of the form "Expected to …, but …."
 */
public record Rejection(RejectionType type, @Schema(minLength = 1) String reason) {

  /** The subject, or an entity the command names, does not exist. */
  public static Rejection notFound(String reason) {
    return new Rejection(RejectionType.NOT_FOUND, reason);
  }

  /** Created before, or a reused command id. */
  public static Rejection alreadyExists(String reason) {
    return new Rejection(RejectionType.ALREADY_EXISTS, reason);
  }

  /** The state of an entity does not allow it. */
  public static Rejection invalidState(String reason) {
    return new Rejection(RejectionType.INVALID_STATE, reason);
  }

  /** The command contradicts itself or asks for too much. */
  public static Rejection invalidArgument(String reason) {
    return new Rejection(RejectionType.INVALID_ARGUMENT, reason);
  }

  /** This source may not. */
  public static Rejection forbidden(String reason) {
    return new Rejection(RejectionType.FORBIDDEN, reason);
  }
}
