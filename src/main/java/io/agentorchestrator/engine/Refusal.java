package io.agentorchestrator.engine;

import io.agentorchestrator.messages.Rejection;
import java.util.Map;

/**
 * Why a command is refused, and what is to be told of it besides.
 *
 * @param rejection why
 * @param details what its event's details hold besides; may be empty
 */
public record Refusal(Rejection rejection, Map<String, ?> details) {

  /** A refusal that says it all. */
  public static Refusal of(Rejection rejection) {
    return new Refusal(rejection, Map.of());
  }
}
