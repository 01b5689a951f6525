package io.agentorchestrator.log;

import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventStatus;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.Redrive;
import io.agentorchestrator.messages.Rejection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What one transaction will write to the log, in order. Gathered in memory while the entities are
 * locked and handed to {@link OrchestrationLog#write} before the commit; one that is never handed
 * over leaves no trace. Not thread-safe.
 */
public final class LogBatch {

  /** An entry without its position, which is drawn once all locks are held. */
  record Pending(
      Cause cause,
      Decision.Occurred occurred,
      @Nullable EntityType entityType,
      @Nullable UUID entityId,
      @Nullable Long entityVersion,
      Map<String, ? extends @Nullable Object> changes) {

    /** What belongs to the event, and, where its cause was a dead letter once, which. */
    Map<String, ?> details() {
      Redrive redrive = cause.redrive();
      if (redrive == null) {
        return occurred.details();
      }
      Map<String, Object> details = new LinkedHashMap<>(occurred.details());
      details.put("redrive", redrive);
      return details;
    }
  }

  private final Instant now;
  private final List<Pending> entries = new ArrayList<>();

  /**
   * Begins a transaction's entries.
   *
   * @param now the transaction's time, to the microsecond as PostgreSQL keeps it
   */
  public LogBatch(Instant now) {
    this.now = now;
  }

  /** Returns the time at which everything in this transaction happens. */
  public Instant now() {
    return now;
  }

  /**
   * Lets an entity decide, and appends what changed. The entity must be locked.
   *
   * @return the refusal, or nothing where the request was accepted
   */
  public Optional<Rejection> change(
      Cause cause, RecordedEntity entity, Supplier<Decision> request) {
    SequencedMap<String, @Nullable Object> before = entity.fields();
    return switch (request.get()) {
      case Decision.Refused refused -> Optional.of(refused.rejection());
      case Decision.Unchanged unchanged -> Optional.empty();
      case Decision.Occurred occurred -> {
        append(cause, entity, before, occurred);
        yield Optional.empty();
      }
    };
  }

  /** Appends the first event of an entity, which holds all its fields. */
  public void created(Cause cause, RecordedEntity entity, Decision.Occurred occurred) {
    append(cause, entity, null, occurred);
  }

  /**
   * Appends the refusal of a command.
   *
   * @param agentId the agent of the task it was about, or null without one
   */
  public void rejected(
      Cause cause,
      EntityType entityType,
      UUID entityId,
      Rejection rejection,
      @Nullable UUID agentId) {
    rejected(cause, entityType, entityId, rejection, Map.of(), agentId);
  }

  /**
   * Likewise, telling more than the refusal itself.
   *
   * @param more what stands beside it in the details
   */
  public void rejected(
      Cause cause,
      EntityType entityType,
      UUID entityId,
      Rejection rejection,
      Map<String, ?> more,
      @Nullable UUID agentId) {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("rejection", rejection);
    details.putAll(more);
    entries.add(
        new Pending(
            cause,
            new Decision.Occurred(
                EventType.COMMAND_REJECTED,
                EventStatus.FAILURE,
                rejection.reason(),
                details,
                agentId),
            entityType,
            entityId,
            null,
            Map.of()));
  }

  /** Appends that a record with readable source and id was no valid command. */
  public void deadLettered(
      Cause cause,
      @Nullable EntityType entityType,
      @Nullable UUID entityId,
      String message,
      Map<String, ?> details) {
    entries.add(
        new Pending(
            cause,
            new Decision.Occurred(
                EventType.COMMAND_DEAD_LETTERED, EventStatus.FAILURE, message, details, null),
            entityType,
            entityId,
            null,
            Map.of()));
  }

  List<Pending> entries() {
    return entries;
  }

  private void append(
      Cause cause,
      RecordedEntity entity,
      @Nullable SequencedMap<String, @Nullable Object> before,
      Decision.Occurred occurred) {
    entity.raiseVersion(now);
    SequencedMap<String, @Nullable Object> after = entity.fields();
    entries.add(
        new Pending(
            cause,
            occurred,
            entity.entityType(),
            entity.id(),
            entity.entityVersion(),
            before == null ? after : differences(before, after)));
  }

  private static Map<String, @Nullable Object> differences(
      Map<String, @Nullable Object> before, Map<String, @Nullable Object> after) {
    Map<String, @Nullable Object> changes = new LinkedHashMap<>();
    after.forEach(
        (field, value) -> {
          if (!Objects.equals(before.get(field), value)) {
            changes.put(field, value);
          }
        });
    return changes;
  }
}
