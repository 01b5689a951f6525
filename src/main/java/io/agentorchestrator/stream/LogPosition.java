package io.agentorchestrator.stream;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.apache.kafka.common.Uuid;

/**
 * A place in the log topic: the next offset of each partition. It is what the {@code id} of an
 * event of the stream tells, so that a reader can go on behind it, at any worker.
 *
 * <p>The id's checksum covers the topic's own id, which a topic made anew does not have: an id of
 * another topic, or one that was changed, is recognised as wrong. It is no signature: whoever
 * forges one gets a part of the log that they may read anyway.
 */
final class LogPosition {

  private static final int CHECKSUM_BYTES = 9;

  /** Seven bits each. */
  private static final int MAX_VARINT_BYTES = 9;

  private final Uuid topic;
  private final long[] next;

  private LogPosition(Uuid topic, long[] next) {
    this.topic = topic;
    this.next = next;
  }

  /**
   * A place in a topic.
   *
   * @param topic the topic's id
   * @param next the next offset of each partition, at least 0
   */
  static LogPosition of(Uuid topic, long... next) {
    return new LogPosition(topic, next.clone());
  }

  /**
   * Reads an id.
   *
   * @param topic the topic's id
   * @return empty if it is none of this topic
   */
  static Optional<LogPosition> parse(String id, Uuid topic) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(id);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    if (bytes.length <= CHECKSUM_BYTES) {
      return Optional.empty();
    }
    ByteBuffer offsets = ByteBuffer.wrap(bytes, CHECKSUM_BYTES, bytes.length - CHECKSUM_BYTES);
    long[] next = new long[bytes.length - CHECKSUM_BYTES];
    int partitions = 0;
    while (offsets.hasRemaining()) {
      next[partitions++] = readOffset(offsets);
    }
    LogPosition position = new LogPosition(topic, Arrays.copyOf(next, partitions));
    // Offsets and Base64 can be spelt in several ways; an id is spelt in one.
    return position.id().equals(id) ? Optional.of(position) : Optional.empty();
  }

  private static long readOffset(ByteBuffer bytes) {
    long offset = 0;
    for (int i = 0; i < MAX_VARINT_BYTES && bytes.hasRemaining(); i++) {
      byte part = bytes.get();
      offset |= (long) (part & 0x7f) << (7 * i);
      if (part >= 0) {
        return offset;
      }
    }
    return offset;
  }

  /** Returns it as an id: letters, digits, {@code -} and {@code _}. */
  String id() {
    ByteBuffer bytes = ByteBuffer.allocate(CHECKSUM_BYTES + next.length * MAX_VARINT_BYTES);
    bytes.position(CHECKSUM_BYTES);
    for (long offset : next) {
      long rest = offset;
      while (rest > 0x7f) {
        bytes.put((byte) (rest | 0x80));
        rest >>>= 7;
      }
      bytes.put((byte) rest);
    }
    int end = bytes.position();
    bytes.put(0, checksum(bytes.array(), CHECKSUM_BYTES, end), 0, CHECKSUM_BYTES);
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(Arrays.copyOf(bytes.array(), end));
  }

  private byte[] checksum(byte[] bytes, int from, int to) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(
          ByteBuffer.allocate(2 * Long.BYTES)
              .putLong(topic.getMostSignificantBits())
              .putLong(topic.getLeastSignificantBits())
              .flip());
      digest.update(bytes, from, to - from);
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  Uuid topic() {
    return topic;
  }

  int partitions() {
    return next.length;
  }

  /** Returns the next offset of a partition; 0 of one that came later. */
  long next(int partition) {
    return partition < next.length ? next[partition] : 0;
  }

  /** The same with another next offset of one partition. */
  LogPosition with(int partition, long offset) {
    long[] changed = Arrays.copyOf(next, Math.max(next.length, partition + 1));
    changed[partition] = offset;
    return new LogPosition(topic, changed);
  }

  /** The same in a topic that has at least so many partitions: those that came later, whole. */
  LogPosition widened(int partitions) {
    return partitions <= next.length
        ? this
        : new LogPosition(topic, Arrays.copyOf(next, partitions));
  }

  /** Whether nothing that is before the other place is still to come here. */
  boolean covers(LogPosition other) {
    for (int partition = 0; partition < other.next.length; partition++) {
      if (next(partition) < other.next[partition]) {
        return false;
      }
    }
    return true;
  }

  /** The place behind both. */
  LogPosition max(LogPosition other) {
    long[] latest = widened(other.next.length).next.clone();
    for (int partition = 0; partition < other.next.length; partition++) {
      latest[partition] = Math.max(latest[partition], other.next[partition]);
    }
    return new LogPosition(topic, latest);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LogPosition position
        && topic.equals(position.topic)
        && Arrays.equals(next, position.next);
  }

  @Override
  public int hashCode() {
    return 31 * topic.hashCode() + Arrays.hashCode(next);
  }

  @Override
  public String toString() {
    return topic + Arrays.toString(next);
  }
}
