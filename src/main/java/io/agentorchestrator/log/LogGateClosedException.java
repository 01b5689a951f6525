package io.agentorchestrator.log;

import org.jspecify.annotations.Nullable;

/** Nothing may be written now; the message says why. Roll back, and try again: nobody's fault. */
public final class LogGateClosedException extends RuntimeException {

  LogGateClosedException(String reason, @Nullable Throwable cause) {
    super(reason, cause);
  }
}
