package io.agentorchestrator.agents;

import com.fasterxml.jackson.annotation.JsonValue;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.persistence.EnumeratedValue;
import java.util.Locale;
import java.util.Set;

/** The states of an agent. {@code busy} is none of them: it is derived from the slots taken. */
@Schema(
    description = "active, or offline (its lease ran out or it is not enabled), or deregistered.")
public enum AgentStatus {
  /** Heard of within its lease, and enabled. May go offline or be deregistered. */
  ACTIVE,
  /** Its lease ran out, or it is not enabled. May come back or be deregistered. */
  OFFLINE,
  /** Out of the fleet until it is registered again. */
  DEREGISTERED;

  @EnumeratedValue private final String value = name().toLowerCase(Locale.ROOT);

  /** Returns the name on the wire and in the database, in lower case. */
  @JsonValue
  public String value() {
    return value;
  }

  /** Returns the states an agent may go to from this one. */
  Set<AgentStatus> successors() {
    return switch (this) {
      case ACTIVE -> Set.of(OFFLINE, DEREGISTERED);
      case OFFLINE -> Set.of(ACTIVE, DEREGISTERED);
      case DEREGISTERED -> Set.of(ACTIVE, OFFLINE);
    };
  }
}
