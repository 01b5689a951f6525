package io.agentorchestrator.workflows;

import com.fasterxml.jackson.annotation.JsonValue;
import jakarta.persistence.EnumeratedValue;
import java.util.Locale;
import java.util.Set;

/** The states of a workflow. */
public enum WorkflowStatus {
  /** None of its tasks was assigned yet. */
  PENDING,
  /** Under way. */
  RUNNING,
  /** None of its tasks is assigned; those that an agent holds go on. */
  PAUSED,
  /** All its tasks are completed; final. */
  COMPLETED,
  /** A task ended badly, or the time ran out; final. */
  FAILED,
  /** Called off; final. */
  CANCELED;

  @EnumeratedValue private final String value = name().toLowerCase(Locale.ROOT);

  /** Returns the name on the wire and in the database, in lower case. */
  @JsonValue
  public String value() {
    return value;
  }

  /** Whether nothing leads out of this state. */
  public boolean isFinal() {
    return successors().isEmpty();
  }

  /** Returns the states a workflow may go to from this one. */
  public Set<WorkflowStatus> successors() {
    return switch (this) {
      case PENDING -> Set.of(RUNNING, PAUSED, FAILED, CANCELED);
      case RUNNING -> Set.of(PAUSED, COMPLETED, FAILED, CANCELED);
      case PAUSED -> Set.of(PENDING, RUNNING, COMPLETED, FAILED, CANCELED);
      case COMPLETED, FAILED, CANCELED -> Set.of();
    };
  }
}
