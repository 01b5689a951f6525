package io.agentorchestrator.rest;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.Optional;

/**
 * What a client may be allowed to read. Which path needs which, {@code security} decides; a
 * controller asks only where an answer shows more to some than to others.
 */
public enum Scope {
  AGENTS_READ("agents:read"),
  TASKS_READ("tasks:read"),
  WORKFLOWS_READ("workflows:read"),

  /** The log and what became of commands, with it all that ever changed, of whatever kind. */
  LOG_READ("log:read"),
  HEALTH_READ("health:read"),
  METRICS_READ("metrics:read");

  private final String value;

  Scope(String value) {
    this.value = value;
  }

  /** Returns the scope of this name; empty if there is none. */
  public static Optional<Scope> of(String value) {
    return Arrays.stream(values()).filter(each -> each.value.equals(value)).findFirst();
  }

  /** Returns its name in settings and tokens, such as {@code agents:read}. */
  public String value() {
    return value;
  }

  /** Tells whether whoever asks has it. */
  public boolean isGrantedTo(HttpServletRequest request) {
    return request.isUserInRole(value);
  }

  @Override
  public String toString() {
    return value;
  }
}
