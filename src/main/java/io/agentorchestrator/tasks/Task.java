package io.agentorchestrator.tasks;

import io.agentorchestrator.agents.Agent;
import io.agentorchestrator.agents.AgentStatus;
import io.agentorchestrator.log.Decision;
import io.agentorchestrator.log.RecordedEntity;
import io.agentorchestrator.messages.Command.CompleteTask;
import io.agentorchestrator.messages.Command.CreateTask;
import io.agentorchestrator.messages.Command.FailTask;
import io.agentorchestrator.messages.Command.HolderCommand;
import io.agentorchestrator.messages.Command.ReportProgress;
import io.agentorchestrator.messages.Command.StartTask;
import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.messages.Rejection;
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
import java.util.Locale;
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
 * TaskStatus#successors()} and, for the words of an agent, by the fence of holder and attempt.
 *
 * <p>What was given at creation is never written again, so that a change of state does not carry a
 * quarter of a megabyte of input along. The class is long because the whole life of a task is to be
 * read in one place.
 */
@Entity
@Table(name = "tasks")
public class Task extends RecordedEntity {

  @Column(nullable = false, updatable = false)
  private String type;

  @Column(updatable = false)
  private @Nullable String name;

  @Column(nullable = false, updatable = false)
  private String description;

  @Column(nullable = false, updatable = false, columnDefinition = "json")
  @ColumnTransformer(write = "?::json")
  private String input;

  @Column(columnDefinition = "json")
  @ColumnTransformer(write = "?::json")
  private @Nullable String result;

  @Embedded private @Nullable TaskError error;

  @Column(nullable = false)
  @Enumerated(EnumType.STRING)
  private TaskStatus status;

  @Column(nullable = false, updatable = false)
  private short priority;

  @Column(nullable = false, updatable = false, columnDefinition = "text[]")
  @JdbcTypeCode(SqlTypes.ARRAY)
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
  private String assignment;

  @Column(nullable = false)
  private int attempt;

  @Column(nullable = false)
  private int retryCount;

  @Column(nullable = false, updatable = false)
  private int maxRetries;

  @Column private @Nullable Instant retryAt;

  @Column(updatable = false)
  private @Nullable Integer timeoutSeconds;

  @Column private @Nullable Instant deadlineAt;

  @Column private @Nullable Double progress;

  @Column(nullable = false, updatable = false, columnDefinition = "text[]")
  @JdbcTypeCode(SqlTypes.ARRAY)
  private List<String> tags;

  @Column(nullable = false, updatable = false, columnDefinition = "json")
  @ColumnTransformer(write = "?::json")
  private String metadata;

  @Column private @Nullable Instant startedAt;

  @Column private @Nullable Instant completedAt;

  /** For JPA. */
  @SuppressWarnings("NullAway.Init")
  protected Task() {}

  /**
   * A new task, submitted.
   *
   * @param id its id
   * @param command what it is to be
   * @param now when, to the microsecond
   */
  Task(UUID id, CreateTask command, Instant now) {
    super(id, now);
    this.type = command.taskType();
    this.name = command.name();
    this.description = command.description();
    this.input = command.input().json();
    this.status = TaskStatus.SUBMITTED;
    this.priority = (short) command.priority();
    this.requiredCapabilities = List.copyOf(command.requiredCapabilities());
    this.workflowId = command.workflowId();
    this.parentTaskId = command.parentTaskId();
    this.dependsOn = List.copyOf(command.dependsOn());
    this.assignment = command.assignment().name().toLowerCase(Locale.ROOT);
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
    Optional<Rejection> refusal = refusalToAssign(agent, slotsTaken, blockedBy);
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
    Optional<Rejection> fenced = fence("start", command);
    if (fenced.isPresent()) {
      return new Decision.Refused(fenced.get());
    }
    if (status != TaskStatus.ASSIGNED) {
      return refused("start");
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
            && fence("report progress of", command).isEmpty();
    return before ? begin(now) : new Decision.Unchanged();
  }

  /** The holder says how far it has come. */
  Decision progress(ReportProgress command, Instant now) {
    Optional<Rejection> fenced = fence("report progress of", command);
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
    Optional<Rejection> fenced = fence("complete", command);
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
    Optional<Rejection> fenced = fence("fail", command);
    if (fenced.isPresent()) {
      return new Decision.Refused(fenced.get());
    }
    error = new TaskError(command.errorCode(), command.errorMessage());
    UUID holder = assignedAgentId;
    if (command.retryable() && retryCount < maxRetries) {
      returnToQueue();
      retryCount++;
      retryAt = now.plus(delay).truncatedTo(ChronoUnit.MICROS);
      return Decision.Occurred.success(
          EventType.TASK_RETRY_SCHEDULED,
          "Task %s failed (%s); retry %d of %d at %s."
              .formatted(id(), command.errorCode(), retryCount, maxRetries, retryAt),
          holder);
    }
    moveTo(TaskStatus.FAILED);
    markStarted(now);
    completedAt = now;
    return new Decision.Occurred(
        EventType.TASK_FAILED,
        EventStatus.FAILURE,
        "Task %s failed (%s).".formatted(id(), command.errorCode()),
        Map.of(),
        holder);
  }

  /** Its agent is gone: back to the queue, at nobody's expense. */
  Decision release(String why) {
    if (!status.isHeld()) {
      return refused("release");
    }
    UUID holder = assignedAgentId;
    returnToQueue();
    return new Decision.Occurred(
        EventType.TASK_RELEASED,
        EventStatus.SUCCESS,
        "Task %s released by agent %s.".formatted(id(), holder),
        Map.of("reason", why),
        holder);
  }

  /** Calls the task off. */
  Decision cancel(@Nullable String reason, Instant now) {
    if (status.isFinal()) {
      return refused("cancel");
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

  private Optional<Rejection> refusalToAssign(Agent agent, int slotsTaken, List<UUID> blockedBy) {
    String but;
    List<String> lacking = agent.lacking(requiredCapabilities);
    if (status != TaskStatus.SUBMITTED) {
      return Optional.of(refused("assign").rejection());
    } else if (!blockedBy.isEmpty()) {
      but = "it is blocked by " + blockedBy;
    } else if (agent.status() != AgentStatus.ACTIVE) {
      but = "the agent is " + agent.status().value();
    } else if (slotsTaken >= agent.maxConcurrentTasks()) {
      but = "all %d slots of the agent are taken".formatted(agent.maxConcurrentTasks());
    } else if (!lacking.isEmpty()) {
      but = "the agent lacks the capabilities " + lacking;
    } else {
      return Optional.empty();
    }
    return Optional.of(
        Rejection.invalidState(
            "Expected to assign task %s to agent %s, but %s.".formatted(id(), agent.id(), but)));
  }

  private Decision begin(Instant now) {
    moveTo(TaskStatus.WORKING);
    markStarted(now);
    return Decision.Occurred.success(
        EventType.TASK_STARTED,
        "Task %s started by agent %s.".formatted(id(), assignedAgentId),
        assignedAgentId);
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

  private Optional<Rejection> fence(String what, HolderCommand command) {
    if (!status.isHeld()) {
      return Optional.of(
          Rejection.invalidState(
              "Expected to %s task %s, but it is in state %s."
                  .formatted(what, id(), status.value())));
    }
    if (!command.agentId().equals(assignedAgentId)) {
      return Optional.of(
          Rejection.invalidState(
              "Expected to %s task %s for agent %s, but it is held by agent %s."
                  .formatted(what, id(), command.agentId(), assignedAgentId)));
    }
    if (command.attempt() != attempt) {
      return Optional.of(
          Rejection.invalidState(
              "Expected to %s task %s in attempt %d, but its attempt is %d."
                  .formatted(what, id(), command.attempt(), attempt)));
    }
    return Optional.empty();
  }

  private Decision.Refused refused(String what) {
    return new Decision.Refused(
        Rejection.invalidState(
            "Expected to %s task %s, but it is in state %s."
                .formatted(what, id(), status.value())));
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
