package io.agentorchestrator.workflows;

import io.agentorchestrator.log.Decision;
import io.agentorchestrator.log.RecordedEntity;
import io.agentorchestrator.messages.Command.CreateWorkflow;
import io.agentorchestrator.messages.Command.OnTaskFailure;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.messages.Rejection;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.UUID;
import org.hibernate.annotations.ColumnTransformer;
import org.jspecify.annotations.Nullable;

/**
 * A workflow, and the rules of its life. How far its tasks are is kept apart, in {@link
 * WorkflowProgress}. What was given at creation is never written again.
 */
@Entity
@Table(name = "workflows")
public class Workflow extends RecordedEntity {

  @Column(nullable = false, updatable = false)
  @Schema(minLength = 3, maxLength = 255)
  private String name;

  @Column(updatable = false)
  @Schema(minLength = 1, maxLength = 5000)
  private @Nullable String description;

  @Column(nullable = false, updatable = false)
  @Schema(minLength = 1, maxLength = 255)
  private String userId;

  @Column(nullable = false)
  @Enumerated(EnumType.STRING)
  private WorkflowStatus status;

  @Column(nullable = false, updatable = false)
  @Schema(description = "1 (low) to 5 (emergency).", minimum = "1", maximum = "5")
  private short priority;

  @Column(nullable = false, updatable = false)
  @Schema(implementation = OnTaskFailure.class)
  private String onTaskFailure;

  @Column(nullable = false, updatable = false, columnDefinition = "json")
  @ColumnTransformer(write = "?::json")
  private String configuration;

  @Column(nullable = false, updatable = false, columnDefinition = "json")
  @ColumnTransformer(write = "?::json")
  private String metadata;

  @Column(updatable = false)
  @Schema(minimum = "1", maximum = "86400")
  private @Nullable Integer timeoutSeconds;

  @Column(updatable = false)
  private @Nullable Instant deadlineAt;

  @Column private @Nullable Instant startedAt;

  @Column private @Nullable Instant completedAt;

  /** For JPA. */
  @SuppressWarnings("NullAway.Init")
  protected Workflow() {}

  /**
   * A new workflow, pending. Its time runs from now on.
   *
   * @param id its id
   * @param command what it is to be
   * @param now when, to the microsecond
   */
  Workflow(UUID id, CreateWorkflow command, Instant now) {
    super(id, now);
    this.name = command.name();
    this.description = command.description();
    this.userId = command.userId();
    this.status = WorkflowStatus.PENDING;
    this.priority = (short) command.priority();
    this.onTaskFailure = command.onTaskFailure().value();
    this.configuration = command.configuration().json();
    this.metadata = command.metadata().json();
    this.timeoutSeconds = command.timeoutSeconds();
    this.deadlineAt = timeoutSeconds == null ? null : now.plusSeconds(timeoutSeconds);
  }

  /** The event of the workflow's creation. */
  Decision.Occurred created() {
    return Decision.Occurred.success(
        EventType.WORKFLOW_CREATED, "Workflow %s (%s) created.".formatted(id(), name), null);
  }

  /** A task was assigned: the first one starts the workflow. */
  Decision taskAssigned(Instant now) {
    if (status != WorkflowStatus.PENDING) {
      return new Decision.Unchanged();
    }
    moveTo(WorkflowStatus.RUNNING);
    startedAt = now;
    return Decision.Occurred.success(
        EventType.WORKFLOW_STARTED, "Workflow %s started.".formatted(id()), null);
  }

  /** Stops assignments of its tasks. */
  Decision pause(@Nullable String reason) {
    if (status != WorkflowStatus.PENDING && status != WorkflowStatus.RUNNING) {
      return refused("pause");
    }
    moveTo(WorkflowStatus.PAUSED);
    return told(EventType.WORKFLOW_PAUSED, "Workflow %s paused.", reason);
  }

  /** Lets assignments go on, in the state before. */
  Decision resume(@Nullable String reason) {
    if (status != WorkflowStatus.PAUSED) {
      return refused("resume");
    }
    moveTo(startedAt == null ? WorkflowStatus.PENDING : WorkflowStatus.RUNNING);
    return told(EventType.WORKFLOW_RESUMED, "Workflow %s resumed.", reason);
  }

  /** Calls the workflow off. Its open tasks are the caller's to cancel. */
  Decision cancel(@Nullable String reason, Instant now) {
    if (status.isFinal()) {
      return refused("cancel");
    }
    end(WorkflowStatus.CANCELED, now);
    return told(EventType.WORKFLOW_CANCELED, "Workflow %s canceled.", reason);
  }

  /** All its tasks are completed. */
  Decision complete(Instant now) {
    end(WorkflowStatus.COMPLETED, now);
    return told(EventType.WORKFLOW_COMPLETED, "Workflow %s completed.", null);
  }

  /** A task ended badly, or the time ran out. */
  Decision fail(String reason, Instant now) {
    end(WorkflowStatus.FAILED, now);
    return new Decision.Occurred(
        EventType.WORKFLOW_FAILED,
        EventStatus.FAILURE,
        "Workflow %s failed.".formatted(id()),
        Map.of("reason", reason),
        null);
  }

  private void end(WorkflowStatus last, Instant now) {
    moveTo(last);
    completedAt = now;
  }

  private Decision told(EventType type, String message, @Nullable String reason) {
    return new Decision.Occurred(
        type,
        EventStatus.SUCCESS,
        message.formatted(id()),
        reason == null ? Map.of() : Map.of("reason", reason),
        null);
  }

  private void moveTo(WorkflowStatus next) {
    if (!status.successors().contains(next)) {
      throw new IllegalStateException("no transition of a workflow from " + status + " to " + next);
    }
    status = next;
  }

  private Decision.Refused refused(String what) {
    return new Decision.Refused(
        Rejection.invalidState(
            "Expected to %s workflow %s, but it is in state %s."
                .formatted(what, id(), status.value())));
  }

  /** Returns the workflow's state. */
  public WorkflowStatus status() {
    return status;
  }

  /** Whether a failed task ends the workflow. */
  boolean failsWithATask() {
    return onTaskFailure.equals(OnTaskFailure.FAIL.value());
  }

  /** Whether its time has run out. */
  boolean isOverdue(Instant now) {
    return !status.isFinal() && deadlineAt != null && !deadlineAt.isAfter(now);
  }

  @Override
  public EntityType entityType() {
    return EntityType.WORKFLOW;
  }

  @Override
  public SequencedMap<String, @Nullable Object> fields() {
    SequencedMap<String, @Nullable Object> fields = LinkedHashMap.newLinkedHashMap(15);
    fields.put("name", name);
    fields.put("description", description);
    fields.put("user_id", userId);
    fields.put("status", status);
    fields.put("priority", priority);
    fields.put("on_task_failure", onTaskFailure);
    fields.put("configuration", new JsonObject(configuration));
    fields.put("metadata", new JsonObject(metadata));
    fields.put("timeout_seconds", timeoutSeconds);
    fields.put("deadline_at", deadlineAt);
    fields.put("created_at", createdAt());
    fields.put("started_at", startedAt);
    fields.put("completed_at", completedAt);
    fields.put("updated_at", updatedAt());
    return fields;
  }
}
