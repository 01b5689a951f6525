package io.agentorchestrator.faults;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A stream of PostgreSQL's protocol cut into its messages, however it comes in. What is not a whole
 * message yet is kept.
 */
final class PostgresFrames {

  private byte[] buffer = new byte[8192];
  private int start;
  private int end;

  /**
   * A message.
   *
   * @param type its first byte; 0 of those at the start of a connection, which have none
   * @param body what follows its length
   * @param whole all of it
   */
  record Frame(char type, ByteBuffer body, ByteBuffer whole) {

    /** Takes a text from the body, up to the zero that ends it. */
    String text() {
      int from = body.position();
      while (body.get() != 0) {
        // On to the end of it.
      }
      byte[] text = new byte[body.position() - 1 - from];
      body.get(from, text);
      return new String(text, StandardCharsets.UTF_8);
    }
  }

  void add(byte[] chunk, int length) {
    if (end + length > buffer.length) {
      int kept = end - start;
      byte[] larger = kept + length > buffer.length ? new byte[2 * (kept + length)] : buffer;
      System.arraycopy(buffer, start, larger, 0, kept);
      buffer = larger;
      start = 0;
      end = kept;
    }
    System.arraycopy(chunk, 0, buffer, end, length);
    end += length;
  }

  /** Takes the next message, or null if it is not there as a whole. */
  @Nullable Frame next(boolean typed) {
    int header = typed ? 5 : 4;
    if (end - start < header) {
      return null;
    }
    int length = ByteBuffer.wrap(buffer, start + header - 4, 4).getInt();
    if (length < 4) {
      throw new IllegalStateException(
          "Expected a message of at least 4 bytes, but its length is %d.".formatted(length));
    }
    int whole = header - 4 + length;
    if (end - start < whole) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.wrap(Arrays.copyOfRange(buffer, start, start + whole));
    start += whole;
    char type = typed ? (char) bytes.get(0) : 0;
    return new Frame(type, bytes.slice(header, whole - header), bytes);
  }

  /** Takes a single byte, or null if there is none. */
  @Nullable Byte nextByte() {
    return start < end ? buffer[start++] : null;
  }

  /** Takes all that is left. */
  byte[] rest() {
    byte[] rest = Arrays.copyOfRange(buffer, start, end);
    start = end;
    return rest;
  }
}
