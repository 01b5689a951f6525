package io.agentorchestrator.v1;

import java.util.Locale;

/**
 * The states of an agent in the service before. Who is deregistered here was not there any more.
 */
enum OldAgentStatus {
  /** Active, and holds no task. */
  IDLE,
  /** Active, and holds one at least, though it may have room for more. */
  BUSY,
  /** Given up or disabled, whatever it holds. */
  OFFLINE;

  String value() {
    return name().toLowerCase(Locale.ROOT);
  }
}
