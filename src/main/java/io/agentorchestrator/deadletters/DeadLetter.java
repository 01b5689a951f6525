package io.agentorchestrator.deadletters;

import io.agentorchestrator.messages.ContentDigest;
import io.agentorchestrator.messages.Redrive;
import java.time.Instant;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * What there is to know of a dead letter, less its value. Headers may be missing or forged, for the
 * topic may have other writers than the worker: what is not well-formed is null here.
 *
 * @param at where it stands among the dead letters
 * @param time when it was put there
 * @param reason why, one of the contract's reasons
 * @param message which field and why
 * @param refused where the record stood that was refused
 * @param origin where it stood when it was refused for the first time; the same as {@code refused}
 *     unless it was re-driven in between
 * @param key its key, or null without one
 * @param valueBytes the length of its value, or -1 without one
 * @param truncated whether its value, key or headers were too large to be kept
 * @param redrive the dead letter it had been before, or null where it was refused for the first
 *     time
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record DeadLetter(
    Place at,
    Instant time,
    @Nullable String reason,
    @Nullable String message,
    @Nullable Place refused,
    @Nullable Place origin,
    byte @Nullable [] key,
    int valueBytes,
    boolean truncated,
    @Nullable Redrive redrive) {

  /** What the headers begin with that make a record a dead letter. */
  static final String PREFIX = "dlt_";

  /** Reads one as it stands on its topic. */
  public static DeadLetter of(ConsumerRecord<byte[], byte[]> record) {
    Headers headers = record.headers();
    Place refused = TextHeaders.place(headers, "dlt_topic", "dlt_partition", "dlt_offset");
    Redrive redrive = RedriveHeaders.read(headers);
    Place origin = redrive == null ? null : RedriveHeaders.origin(headers);
    byte[] value = record.value();
    return new DeadLetter(
        new Place(record.topic(), record.partition(), record.offset()),
        Instant.ofEpochMilli(record.timestamp()),
        TextHeaders.text(headers, "dlt_reason"),
        TextHeaders.text(headers, "dlt_message"),
        refused,
        refused == null || origin == null ? refused : origin,
        record.key(),
        value == null ? -1 : value.length,
        headers.lastHeader("dlt_truncated") != null,
        redrive);
  }

  /** What stands in the way of re-driving it, or null where nothing does. */
  @Nullable String obstacle(Set<String> commandTopics) {
    if (refused == null) {
      return "it does not say where it comes from (dlt_topic, dlt_partition, dlt_offset)";
    }
    if (truncated) {
      return "it was too large to be kept whole (dlt_truncated)";
    }
    if (!commandTopics.contains(refused.topic())) {
      return "it comes from %s, which is no command topic here".formatted(refused.topic());
    }
    return null;
  }

  /**
   * Whose order it must keep: that of its key on its topic. A record without a key has order with
   * no other, and is alone.
   */
  Object lane() {
    return key == null || refused == null ? at : new Lane(refused.topic(), ContentDigest.of(key));
  }

  /** A key's dead letters, by its digest: keys may be long. */
  private record Lane(String topic, ContentDigest key) {}
}
