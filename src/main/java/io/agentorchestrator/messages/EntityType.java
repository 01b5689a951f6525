package io.agentorchestrator.messages;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a log entry is about. */
public enum EntityType {
  AGENT,
  TASK,
  WORKFLOW,
  SERVICE,
  BULK_OPERATION;

  private final String value = name().toLowerCase(Locale.ROOT);

  /** Returns the name on the wire, in lower case. */
  @JsonValue
  public String value() {
    return value;
  }
}
