package io.agentorchestrator.deadletters;

import io.agentorchestrator.messages.Redrive;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * What a re-driven record says of its past, in headers:
 *
 * <ul>
 *   <li>{@code redrive_topic}, {@code redrive_partition}, {@code redrive_offset}: the dead letter
 *       it was
 *   <li>{@code redrive_actor}: who re-drove it, 1–255 characters; optional
 *   <li>{@code redrive_origin_topic}, {@code redrive_origin_partition}, {@code
 *       redrive_origin_offset}: where it stood at first, however often it was re-driven since; so
 *       that the order of a key survives
 * </ul>
 *
 * <p>They inform and decide nothing: a record whose headers are malformed counts as one that is not
 * re-driven, and is applied all the same.
 */
public final class RedriveHeaders {

  /** What all of them begin with. */
  static final String PREFIX = "redrive_";

  private static final String TOPIC = "redrive_topic";
  private static final String PARTITION = "redrive_partition";
  private static final String OFFSET = "redrive_offset";
  private static final String ACTOR = "redrive_actor";
  private static final String ORIGIN_TOPIC = "redrive_origin_topic";
  private static final String ORIGIN_PARTITION = "redrive_origin_partition";
  private static final String ORIGIN_OFFSET = "redrive_origin_offset";
  private static final int MAX_ACTOR = 255;

  private RedriveHeaders() {}

  /** Returns the dead letter a record was, or null where it was none or does not say it well. */
  public static @Nullable Redrive read(Headers headers) {
    if (headers.lastHeader(TOPIC) == null) {
      return null;
    }
    Place place = TextHeaders.place(headers, TOPIC, PARTITION, OFFSET);
    String actor = TextHeaders.text(headers, ACTOR);
    boolean wellFormed =
        place != null && (headers.lastHeader(ACTOR) == null || (actor != null && isActor(actor)));
    return place != null && wellFormed
        ? new Redrive(place.topic(), place.partition(), place.offset(), actor)
        : null;
  }

  /** Whether somebody may be named so: 1–255 characters, none of them a control character. */
  public static boolean isActor(String actor) {
    int length = actor.codePointCount(0, actor.length());
    return length >= 1
        && length <= MAX_ACTOR
        && actor.codePoints().noneMatch(Character::isISOControl);
  }

  /** Returns where a re-driven record stood at first, or null where it does not say. */
  static @Nullable Place origin(Headers headers) {
    return TextHeaders.place(headers, ORIGIN_TOPIC, ORIGIN_PARTITION, ORIGIN_OFFSET);
  }

  static void write(Headers headers, Redrive redrive, Place origin) {
    add(headers, TOPIC, redrive.topic());
    add(headers, PARTITION, String.valueOf(redrive.partition()));
    add(headers, OFFSET, String.valueOf(redrive.offset()));
    if (redrive.actor() != null) {
      add(headers, ACTOR, redrive.actor());
    }
    add(headers, ORIGIN_TOPIC, origin.topic());
    add(headers, ORIGIN_PARTITION, String.valueOf(origin.partition()));
    add(headers, ORIGIN_OFFSET, String.valueOf(origin.offset()));
  }

  private static void add(Headers headers, String name, String value) {
    headers.add(name, value.getBytes(StandardCharsets.UTF_8));
  }
}
