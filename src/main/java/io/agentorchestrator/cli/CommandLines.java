package io.agentorchestrator.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Takes JSON values from a stream one at a time, in the memory that one of them needs: JSON Lines,
 * or values over several lines as a pretty printer writes them.
 *
 * <p>What is broken costs one value: a line that begins with a brace begins a value, even if the
 * one before it has not come to its end. Bytes are handed on as they are, whatever they mean.
 */
final class CommandLines implements AutoCloseable {

  private static final int BUFFER = 64 * 1024;

  /**
   * A value.
   *
   * @param line the line it begins at, from 1
   * @param bytes without line breaks around it; none where there are more than wanted
   * @param length how many it has
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Entry(long line, byte[] bytes, long length) {

    boolean isTooLong() {
      return length > bytes.length;
    }
  }

  private final InputStream in;
  private final int maxBytes;
  private long line;
  private long read;

  /**
   * Reads a stream, and closes it in the end.
   *
   * @param maxBytes the length of a value from which on it is not kept
   */
  CommandLines(InputStream in, int maxBytes) {
    this.in = new BufferedInputStream(in, BUFFER);
    this.maxBytes = maxBytes;
  }

  /** How many bytes were taken so far. */
  long bytesRead() {
    return read;
  }

  /** Returns the next value, or null at the end. */
  @Nullable Entry next() throws IOException {
    while (true) {
      Reading reading = new Reading(line + 1);
      boolean more;
      do {
        more = readLine(reading);
      } while (more && reading.isOpen() && !beginsValue());
      if (!reading.isBlank()) {
        return reading.entry();
      }
      if (!more) {
        return null;
      }
    }
  }

  /** Reads up to a line break; false at the end of all. */
  private boolean readLine(Reading reading) throws IOException {
    line++;
    while (true) {
      int next = in.read();
      if (next < 0) {
        return false;
      }
      read++;
      if (next == '\n') {
        reading.endLine();
        return true;
      }
      reading.add((byte) next);
    }
  }

  private boolean beginsValue() throws IOException {
    in.mark(1);
    int next = in.read();
    in.reset();
    return next == '{';
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** A value while it is read: what has been read, and whether it has come to its end. */
  private final class Reading {
    private final long begin;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    private long length;
    private int depth;
    private boolean blank = true;
    private boolean inString;
    private boolean escaped;

    Reading(long begin) {
      this.begin = begin;
    }

    void add(byte next) {
      if (++length <= maxBytes) {
        bytes.write(next);
      }
      blank &= next == ' ' || next == '\t' || next == '\r';
      if (inString) {
        inString = escaped || next != '"';
        escaped = !escaped && next == '\\';
        return;
      }
      switch (next) {
        case '"' -> inString = true;
        case '{', '[' -> depth++;
        case '}', ']' -> depth--;
        default -> {}
      }
    }

    void endLine() {
      if (isOpen()) {
        add((byte) '\n');
      }
      inString = false; // No string goes over a line break, so this one is broken.
      escaped = false;
    }

    boolean isOpen() {
      return depth > 0;
    }

    boolean isBlank() {
      return blank;
    }

    Entry entry() {
      return length > maxBytes
          ? new Entry(begin, new byte[0], length)
          : new Entry(begin, bytes.toByteArray(), length);
    }
  }
}
