package io.agentorchestrator.log;

import io.agentorchestrator.messages.ContentDigest;
import io.agentorchestrator.messages.Envelope;
import io.agentorchestrator.messages.Redrive;
import org.jspecify.annotations.Nullable;

/**
 * Why something moves: the command, or the timer or dispatch acting as one.
 *
 * @param source the command's source
 * @param id the command's id
 * @param digest its content's digest, or null where it could not be read
 * @param type its type with version as far as it is known, or null
 * @param operation its type without version; the log's {@code operation}
 * @param actor who asked
 * @param traceparent its W3C trace context, or null
 * @param redrive the dead letter it was before somebody re-drove it, or null
 */
public record Cause(
    String source,
    String id,
    @Nullable ContentDigest digest,
    @Nullable String type,
    String operation,
    String actor,
    @Nullable String traceparent,
    @Nullable Redrive redrive) {

  /** The cause that a command is. */
  public static Cause of(Envelope envelope, @Nullable Redrive redrive) {
    return new Cause(
        envelope.source(),
        envelope.id(),
        envelope.digest(),
        envelope.type().value(),
        envelope.type().operation(),
        envelope.actor(),
        envelope.traceparent(),
        redrive);
  }
}
