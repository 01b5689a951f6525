package io.agentorchestrator.cli;

import org.jspecify.annotations.Nullable;

/** A command that understood what it was asked, and cannot or must not do it. */
final class RefusedException extends RuntimeException {

  /**
   * Refuses.
   *
   * @param message a sentence for the operator: what was expected, what is, what to do
   */
  RefusedException(@Nullable String message) {
    super(message);
  }
}
