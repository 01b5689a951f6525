package io.agentorchestrator.tasks;

import com.fasterxml.jackson.annotation.JsonValue;
import jakarta.persistence.EnumeratedValue;
import java.util.Locale;
import java.util.Set;

/** The states of a task, by A2A's names where A2A has one, and where each may lead. */
public enum TaskStatus {
  /** Waits for an agent, for its dependencies or for its next try. */
  SUBMITTED,
  /** An agent has it and has not said a word yet. */
  ASSIGNED,
  /** The agent works on it. */
  WORKING,
  /** The agent waits for somebody's input. */
  INPUT_REQUIRED,
  /** Done; final. */
  COMPLETED,
  /** Given up; final. */
  FAILED,
  /** Called off; final. */
  CANCELED;

  @EnumeratedValue private final String value = name().toLowerCase(Locale.ROOT);

  /** Returns the name on the wire and in the database, in lower case. */
  @JsonValue
  public String value() {
    return value;
  }

  /** Whether an agent holds a task in this state, and one of its slots with it. */
  public boolean isHeld() {
    return this == ASSIGNED || this == WORKING || this == INPUT_REQUIRED;
  }

  /** Whether nothing leads out of this state. */
  public boolean isFinal() {
    return successors().isEmpty();
  }

  /** Returns the states a task may go to from this one. */
  public Set<TaskStatus> successors() {
    return switch (this) {
      case SUBMITTED -> Set.of(ASSIGNED, CANCELED);
      case ASSIGNED -> Set.of(WORKING, COMPLETED, FAILED, CANCELED, SUBMITTED);
      case WORKING -> Set.of(INPUT_REQUIRED, COMPLETED, FAILED, CANCELED, SUBMITTED);
      case INPUT_REQUIRED -> Set.of(WORKING, COMPLETED, FAILED, CANCELED, SUBMITTED);
      case COMPLETED, FAILED, CANCELED -> Set.of();
    };
  }
}
