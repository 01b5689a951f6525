package io.agentorchestrator.tasks;

import io.agentorchestrator.agents.Agent;
import io.agentorchestrator.log.Decision;
import io.agentorchestrator.log.RecordedEntity;
import io.agentorchestrator.messages.Command.Assignment;
import io.agentorchestrator.messages.Command.CompleteTask;
import io.agentorchestrator.messages.Command.CreateTask;
import io.agentorchestrator.messages.Command.FailTask;
import io.agentorchestrator.messages.Command.ReportProgress;
import io.agentorchestrator.messages.Command.StartTask;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.messages.Rejection;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Table;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.UUID;
import org.hibernate.annotations.ColumnTransformer;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/**
 * A task, and the rules of its life: one method a transition, each guarded by {@link
 * TaskStatus#successors()} and, for the words of an agent, by the fence of {@link TaskRefusals}.
 *
 * <p>What was given at creation is never written again, so that a change of state does not carry a
 * quarter of a megabyte of input along. The class is long because the whole life of a task is to be
 * read in one place.
 */
@Entity
@Table(name = "tasks")
public class Task extends RecordedEntity {

  @Column(nullable = false, updatable = false)
  @Schema(minLength = 1, maxLength = 255)
  private String type;

  @Column(updatable = false)
  @Schema(minLength = 3, maxLength = 255)
  private @Nullable String name;

  @Column(nullable = false, updatable = false)
  @Schema(minLength = 1, maxLength = 5000)
  private String description;

  @Column(nullable = false, updatable = false, columnDefinition = "json")
  @ColumnTransformer(write = "?::json")
  private String input;

  @Column(columnDefinition = "json")
  @ColumnTransformer(write = "?::json")
  private @Nullable String result;

  @Embedded
  @Schema(description = "Why the last attempt failed.")
  private @Nullable TaskError error;

  @Column(nullable = false)
  @Enumerated(EnumType.STRING)
  private TaskStatus status;

  @Column(nullable = false, updatable = false)
  @Schema(description = "1 (low) to 5 (emergency).", minimum = "1", maximum = "5")
  private short priority;

  @Column(nullable = false, updatable = false, columnDefinition = "text[]")
  @JdbcTypeCode(SqlTypes.ARRAY)
  @ArraySchema(schema = @Schema(minLength = 2, maxLength = 100))
  private List<String> requiredCapabilities;

  @Column private @Nullable UUID assignedAgentId;

  @Column(updatable = false)
  private @Nullable UUID workflowId;

  @Column(updatable = false)
  private @Nullable UUID parentTaskId;

  @Column(nullable = false, updatable = false, columnDefinition = "uuid[]")
  @JdbcTypeCode(SqlTypes.ARRAY)
  private List<UUID> dependsOn;

  @Column(nullable = false, updatable = false)
  @Schema(implementation = Assignment.class)
  private String assignment;

  @Column(nullable = false)
  @Schema(description = "0 at creation; raised by every assignment.", minimum = "0")
  private int attempt;

  @Column(nullable = false)
  @Schema(minimum = "0", maximum = "10")
  private int retryCount;

  @Column(nullable = false, updatable = false)
  @Schema(minimum = "0", maximum = "10")
  private int maxRetries;

  @Column private @Nullable Instant retryAt;

  @Column(updatable = false)
  @Schema(minimum = "1", maximum = "86400")
  private @Nullable Integer timeoutSeconds;

  @Column private @Nullable Instant deadlineAt;

  @Column
  @Schema(minimum = "0", maximum = "1")
  private @Nullable Double progress;

  @Column(nullable = false, updatable = false, columnDefinition = "text[]")
  @JdbcTypeCode(SqlTypes.ARRAY)
  @ArraySchema(schema = @Schema(minLength = 2, maxLength = 100))
  private List<String> tags;

  @Column(nullable = false, updatable = false, columnDefinition = "json")
  @ColumnTransformer(write = "?::json")
  private String metadata;

  @Column private @Nullable Instant startedAt;

  @Column private @Nullable Instant completedAt;

  @Embedded private QueuePlace queuePlace;

  /** For JPA. */
  @SuppressWarnings("NullAway.Init")
  protected Task() {}

  /**
   * A new task, submitted.
   *
   * @param id its id
   * @param command what it is to be
   * @param workflowId the workflow it belongs to, or null
   * @param queuePlace where it stands in the queue
   * @param now when, to the microsecond
   */
  Task(UUID id, CreateTask command, @Nullable UUID workflowId, QueuePlace queuePlace, Instant now) {
    super(id, now);
    this.queuePlace = queuePlace;
    this.type = command.taskType();
    this.name = command.name();
    this.description = command.description();
    this.input = command.input().json();
    this.status = TaskStatus.SUBMITTED;
    this.priority = (short) command.priority();
    this.requiredCapabilities = List.copyOf(command.requiredCapabilities());
    this.workflowId = workflowId;
    this.parentTaskId = command.parentTaskId();
    this.dependsOn = List.copyOf(command.dependsOn());
    this.assignment = command.assignment().value();
    this.maxRetries = command.maxRetries();
    this.timeoutSeconds = command.timeoutSeconds();
    this.tags = List.copyOf(command.tags());
    this.metadata = command.metadata().json();
  }

  /** The event of the task's creation. */
  Decision.Occurred created() {
    return Decision.Occurred.success(
        EventType.TASK_CREATED, "Task %s (%s) created.".formatted(id(), type), null);
  }

  /**
   * Gives the task to an agent, as its next attempt.
   *
   * @param agent who is to do it
   * @param slotsTaken how many of the agent's slots are taken
   * @param blockedBy the dependencies that are not completed
   */
  Decision assign(Agent agent, int slotsTaken, List<UUID> blockedBy, Instant now) {
    Optional<Rejection> refusal = TaskRefusals.ofAssignment(this, agent, slotsTaken, blockedBy);
    if (refusal.isPresent()) {
      return new Decision.Refused(refusal.get());
    }
    UUID agentId = agent.id();
    moveTo(TaskStatus.ASSIGNED);
    assignedAgentId = agentId;
    attempt++;
    retryAt = null;
    deadlineAt = timeoutSeconds == null ? null : now.plusSeconds(timeoutSeconds);
    return new Decision.Occurred(
        EventType.TASK_ASSIGNED,
        EventStatus.SUCCESS,
        "Task %s assigned to agent %s (attempt %d).".formatted(id(), agentId, attempt),
        Map.of("task", whatTheAgentNeeds()),
        agentId);
  }

  /** The holder says that it has begun. */
  Decision start(StartTask command, Instant now) {
    Optional<Rejection> fenced = TaskRefusals.ofWord("start", this, command);
    if (fenced.isPresent()) {
      return new Decision.Refused(fenced.get());
    }
    if (status != TaskStatus.ASSIGNED) {
      return new Decision.Refused(TaskRefusals.ofState("start", this));
    }
    return begin(now);
  }

  /**
   * The holder's report that input is required comes before it said that it had begun: it has begun
   * now. Anything else is left to {@link #progress}.
   */
  Decision beginBeforeInputRequired(ReportProgress command, Instant now) {
    boolean before =
        command.inputRequired()
            && status == TaskStatus.ASSIGNED
            && TaskRefusals.ofWord("report progress of", this, command).isEmpty();
    return before ? begin(now) : new Decision.Unchanged();
  }

  /** The holder says how far it has come. */
  Decision progress(ReportProgress command, Instant now) {
    Optional<Rejection> fenced = TaskRefusals.ofWord("report progress of", this, command);
    if (fenced.isPresent()) {
      return new Decision.Refused(fenced.get());
    }
    TaskStatus next = command.inputRequired() ? TaskStatus.INPUT_REQUIRED : TaskStatus.WORKING;
    if (status != next) {
      moveTo(next);
    }
    markStarted(now);
    if (command.progress() != null) {
      progress = command.progress();
    }
    return new Decision.Occurred(
        EventType.TASK_PROGRESSED,
        EventStatus.SUCCESS,
        "Task %s is %s.".formatted(id(), next.value()),
        command.message() == null ? Map.of() : Map.of("message", command.message()),
        assignedAgentId);
  }

  /** The holder hands in the result. */
  Decision complete(CompleteTask command, Instant now) {
    Optional<Rejection> fenced = TaskRefusals.ofWord("complete", this, command);
    if (fenced.isPresent()) {
      return new Decision.Refused(fenced.get());
    }
    moveTo(TaskStatus.COMPLETED);
    markStarted(now);
    completedAt = now;
    error = null;
    JsonObject handedIn = command.result();
    result = handedIn == null ? null : handedIn.json();
    return Decision.Occurred.success(
        EventType.TASK_COMPLETED,
        "Task %s completed by agent %s.".formatted(id(), assignedAgentId),
        assignedAgentId);
  }

  /**
   * The holder failed: back to the queue while retries are left, else the end.
   *
   * @param delay how long a next try would wait
   */
  Decision fail(FailTask command, Duration delay, Instant now) {
    Optional<Rejection> fenced = TaskRefusals.ofWord("fail", this, command);
    if (fenced.isPresent()) {
      return new Decision.Refused(fenced.get());
    }
    error = new TaskError(command.errorCode(), command.errorMessage());
    return command.retryable() && hasRetryLeft() ? retryLater(delay, now) : giveUp(now);
  }

  /** The attempt took too long. What comes of that, {@link #endTimedOut} tells. */
  Decision timeOut(Instant now) {
    if (!isOverdue(now)) {
      return new Decision.Unchanged();
    }
    error =
        new TaskError("TIMED_OUT", "The attempt took longer than %d s.".formatted(timeoutSeconds));
    return new Decision.Occurred(
        EventType.TASK_TIMED_OUT,
        EventStatus.SUCCESS,
        "Task %s timed out with agent %s (attempt %d).".formatted(id(), assignedAgentId, attempt),
        Map.of("attempt", attempt),
        assignedAgentId);
  }

  /**
   * Ends an attempt that timed out: back to the queue while retries are left, else the end.
   *
   * @param delay how long a next try would wait
   */
  Decision endTimedOut(Duration delay, Instant now) {
    return hasRetryLeft() ? retryLater(delay, now) : giveUp(now);
  }

  /** Its agent was taken away: back to the queue, at nobody's expense. */
  Decision release(String why) {
    if (!status.isHeld()) {
      return new Decision.Refused(TaskRefusals.ofState("release", this));
    }
    UUID holder = assignedAgentId;
    returnToQueue();
    return released(holder, why);
  }

  /**
   * Its agent was lost: back to the queue at once, at the expense of a retry. Without one left it
   * stays where it is, and {@link #giveUpLost} ends it.
   */
  Decision releaseLost(String why) {
    if (!status.isHeld()) {
      return new Decision.Refused(TaskRefusals.ofState("release", this));
    }
    UUID holder = assignedAgentId;
    if (hasRetryLeft()) {
      returnToQueue();
      retryCount++;
    }
    return released(holder, why);
  }

  /** Ends a task whose agent was lost and that has no retry left. */
  Decision giveUpLost(Instant now) {
    if (!status.isHeld()) {
      return new Decision.Unchanged();
    }
    error =
        new TaskError("AGENT_LOST", "The lease of agent %s ran out.".formatted(assignedAgentId));
    return giveUp(now);
  }

  /** Calls the task off. */
  Decision cancel(@Nullable String reason, Instant now) {
    if (status.isFinal()) {
      return new Decision.Refused(TaskRefusals.ofState("cancel", this));
    }
    moveTo(TaskStatus.CANCELED);
    completedAt = now;
    retryAt = null;
    return new Decision.Occurred(
        EventType.TASK_CANCELED,
        EventStatus.SUCCESS,
        "Task %s canceled.".formatted(id()),
        reason == null ? Map.of() : Map.of("reason", reason),
        assignedAgentId);
  }

  private Decision begin(Instant now) {
    moveTo(TaskStatus.WORKING);
    markStarted(now);
    return Decision.Occurred.success(
        EventType.TASK_STARTED,
        "Task %s started by agent %s.".formatted(id(), assignedAgentId),
        assignedAgentId);
  }

  /** Whether a failure would not be the end. */
  public boolean hasRetryLeft() {
    return retryCount < maxRetries;
  }

  private Decision.Occurred retryLater(Duration delay, Instant now) {
    UUID holder = assignedAgentId;
    returnToQueue();
    retryCount++;
    retryAt = now.plus(delay).truncatedTo(ChronoUnit.MICROS);
    return Decision.Occurred.success(
        EventType.TASK_RETRY_SCHEDULED,
        "Task %s failed (%s); retry %d of %d at %s."
            .formatted(id(), errorCode(), retryCount, maxRetries, retryAt),
        holder);
  }

  private Decision.Occurred giveUp(Instant now) {
    moveTo(TaskStatus.FAILED);
    markStarted(now);
    completedAt = now;
    return new Decision.Occurred(
        EventType.TASK_FAILED,
        EventStatus.FAILURE,
        "Task %s failed (%s).".formatted(id(), errorCode()),
        Map.of(),
        assignedAgentId);
  }

  private Decision.Occurred released(@Nullable UUID holder, String why) {
    return new Decision.Occurred(
        EventType.TASK_RELEASED,
        EventStatus.SUCCESS,
        "Task %s released by agent %s.".formatted(id(), holder),
        Map.of("reason", why),
        holder);
  }

  private @Nullable String errorCode() {
    return error == null ? null : error.code();
  }

  private void returnToQueue() {
    moveTo(TaskStatus.SUBMITTED);
    assignedAgentId = null;
    startedAt = null;
    deadlineAt = null;
    progress = null;
  }

  private void markStarted(Instant now) {
    if (startedAt == null) {
      startedAt = now;
    }
  }

  private void moveTo(TaskStatus next) {
    if (!status.successors().contains(next)) {
      throw new IllegalStateException("no transition of a task from " + status + " to " + next);
    }
    status = next;
  }

  private Map<String, @Nullable Object> whatTheAgentNeeds() {
    Map<String, @Nullable Object> task = LinkedHashMap.newLinkedHashMap(7);
    task.put("type", type);
    task.put("name", name);
    task.put("description", description);
    task.put("input", new JsonObject(input));
    task.put("priority", priority);
    task.put("deadline_at", deadlineAt);
    task.put("attempt", attempt);
    return task;
  }

  /** One of the dependencies was completed. */
  void dependencyCompleted() {
    queuePlace.dependencyCompleted();
  }

  /** Returns the number of assignments so far; the last one's tells the attempts apart. */
  int attempt() {
    return attempt;
  }

  /** Whether a dependency is not completed, or its workflow paused. */
  boolean isHeldUp() {
    return !queuePlace.isFree();
  }

  /** Whether a dependency is not completed. */
  boolean isBlocked() {
    return queuePlace.isBlocked();
  }

  /** Stops assignments while the workflow is paused, or lets them go on. No event of the task's. */
  public void holdBack(boolean hold) {
    queuePlace.holdBack(hold);
  }

  /**
   * Puts the task into the queue or takes it out, as its fields want it.
   *
   * @return whether it has just come into the queue
   */
  boolean settle(Instant now) {
    boolean before = queuePlace.isQueued();
    queuePlace.queue(
        status == TaskStatus.SUBMITTED
            && assignment.equals(Assignment.AUTO.value())
            && queuePlace.isFree()
            && (retryAt == null || !retryAt.isAfter(now)));
    return !before && queuePlace.isQueued();
  }

  /** Whether dispatch may assign the task. */
  public boolean isQueued() {
    return queuePlace.isQueued();
  }

  /** Whether the attempt under way has passed its deadline. */
  public boolean isOverdue(Instant now) {
    return status.isHeld() && deadlineAt != null && !deadlineAt.isAfter(now);
  }

  /** Returns the task's state. */
  public TaskStatus status() {
    return status;
  }

  /** Returns the agent that holds the task, or held it at its end; null while it waits. */
  public @Nullable UUID assignedAgentId() {
    return assignedAgentId;
  }

  /** Returns the workflow the task belongs to, or null. */
  public @Nullable UUID workflowId() {
    return workflowId;
  }

  /** Returns the task this one is a part of, or null. */
  public @Nullable UUID parentTaskId() {
    return parentTaskId;
  }

  /** Returns the tasks that must be completed before this one is assigned. */
  public List<UUID> dependsOn() {
    return dependsOn;
  }

  /** Returns what an agent must be capable of. */
  public List<String> requiredCapabilities() {
    return requiredCapabilities;
  }

  /** Returns how urgent the task is, 1 to 5. */
  short priority() {
    return priority;
  }

  /** Returns how many retries are used up. */
  int retryCount() {
    return retryCount;
  }

  /** Returns how long the attempt that just ended took from its start; zero if it never started. */
  Duration duration() {
    return startedAt == null || completedAt == null
        ? Duration.ZERO
        : Duration.between(startedAt, completedAt);
  }

  @Override
  public EntityType entityType() {
    return EntityType.TASK;
  }

  @Override
  public SequencedMap<String, @Nullable Object> fields() {
    SequencedMap<String, @Nullable Object> fields = LinkedHashMap.newLinkedHashMap(28);
    fields.put("type", type);
    fields.put("name", name);
    fields.put("description", description);
    fields.put("input", new JsonObject(input));
    fields.put("result", result == null ? null : new JsonObject(result));
    fields.put("error", error);
    fields.put("status", status);
    fields.put("priority", priority);
    fields.put("required_capabilities", requiredCapabilities);
    fields.put("assigned_agent_id", assignedAgentId);
    fields.put("workflow_id", workflowId);
    fields.put("parent_task_id", parentTaskId);
    fields.put("depends_on", dependsOn);
    fields.put("assignment", assignment);
    fields.put("attempt", attempt);
    fields.put("retry_count", retryCount);
    fields.put("max_retries", maxRetries);
    fields.put("retry_at", retryAt);
    fields.put("timeout_seconds", timeoutSeconds);
    fields.put("deadline_at", deadlineAt);
    fields.put("progress", progress);
    fields.put("tags", tags);
    fields.put("metadata", new JsonObject(metadata));
    fields.put("created_at", createdAt());
    fields.put("started_at", startedAt);
    fields.put("completed_at", completedAt);
    fields.put("updated_at", updatedAt());
    return fields;
  }
}
