package io.agentorchestrator.log;

import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.Rejection;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What an entity made of a request. It decides first and changes afterwards: whoever returns {@link
 * Refused} or {@link Unchanged} has touched nothing.
 */
public sealed interface Decision {

  /** The rules refuse it. */
  record Refused(Rejection rejection) implements Decision {}

  /** Nothing had to change, so nothing is to be told. */
  record Unchanged() implements Decision {}

  /**
   * The entity changed; this is the event that tells of it.
   *
   * @param type the event's type
   * @param status how it ended
   * @param message a sentence for people
   * @param details what belongs to the event besides the changes; may be empty
   * @param agentId the agent of the task concerned, also one it just lost; null without one
   */
  record Occurred(
      EventType type,
      EventStatus status,
      String message,
      Map<String, ?> details,
      @Nullable UUID agentId)
      implements Decision {

    /** A success without details. */
    public static Occurred success(EventType type, String message, @Nullable UUID agentId) {
      return new Occurred(type, EventStatus.SUCCESS, message, Map.of(), agentId);
    }
  }
}
