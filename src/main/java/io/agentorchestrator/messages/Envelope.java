package io.agentorchestrator.messages;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who asked for what: a command's CloudEvents attributes as far as the worker acts on them.
 *
 * @param source where the command comes from, 1–255 characters
 * @param id unique within the source, 1–255 characters
 * @param type the command's type
 * @param subject the entity it is about
 * @param actor who asked; the source where the producer did not say
 * @param traceparent the W3C trace context it came with, or null
 * @param digest the content's digest: type, subject and data, whatever their notation
 */
public record Envelope(
    String source,
    String id,
    CommandType type,
    UUID subject,
    String actor,
    @Nullable String traceparent,
    ContentDigest digest) {

  /** Returns the same command within another trace context. */
  public Envelope within(String context) {
    return new Envelope(source, id, type, subject, actor, context, digest);
  }
}
