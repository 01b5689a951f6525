package io.agentorchestrator.local;

/** A start that cannot succeed, with one line that says why and what to change: no stack trace. */
final class StartRefused extends RuntimeException {

  StartRefused(String message) {
    super(message);
  }
}
