package io.agentorchestrator.messages;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How what an event tells of ended. */
public enum EventStatus {
  SUCCESS,
  /** Rejections, dead letters, failed tasks. */
  FAILURE,
  /** Bulk operations of which some parts were refused. */
  PARTIAL;

  private final String value = name().toLowerCase(Locale.ROOT);

  /** Returns the name on the wire, in lower case. */
  @JsonValue
  public String value() {
    return value;
  }
}
