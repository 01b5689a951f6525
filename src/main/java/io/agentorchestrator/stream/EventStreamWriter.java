package io.agentorchestrator.stream;

import io.swagger.v3.oas.annotations.media.Schema;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes a stream of events, as the HTML standard has them (server-sent events). What is written is
 * on its way with {@link #flush()}. For one thread, which waits while the client does not read.
 *
 * <p>An {@code id} without data is no event for the client, but it remembers the id: so a reader
 * whom nothing concerns still moves on, and one that has seen nothing yet can resume.
 */
@Schema(
    name = "EventStream",
    description = "Server-Sent Events, as the HTML standard has them; a comment first.",
    type = "string",
    pattern = "^: ")
final class EventStreamWriter {

  private static final byte[] ID = bytes("id: ");
  private static final byte[] HEARTBEAT = bytes(": still here\n");
  private static final byte[] LINE = bytes("\n");

  /** Clients that lose a worker come again at different times, in milliseconds. */
  private static final int EARLIEST_RETRY = 1000;

  private static final int LATEST_RETRY = 5000;

  private final OutputStream out;
  private final long heartbeatNanos;
  private long lastFlush = System.nanoTime();
  private boolean written;

  EventStreamWriter(OutputStream out, Duration heartbeat) {
    this.out = out;
    this.heartbeatNanos = heartbeat.toNanos();
  }

  /** Begins the stream. */
  void begin() throws IOException {
    write(
        bytes(
            ": the live log\nretry: %d\n\n"
                .formatted(ThreadLocalRandom.current().nextInt(EARLIEST_RETRY, LATEST_RETRY))));
    flush();
  }

  /** Tells something to people. */
  void comment(String text) throws IOException {
    write(bytes(": " + text + "\n\n"));
    flush();
  }

  /** Tells from where to resume. */
  void position(String id) throws IOException {
    writeId(id);
    write(LINE);
    flush();
  }

  void event(String id, StreamedEvent event) throws IOException {
    writeId(id);
    write(event.body());
  }

  /** Tells the reader that its stream breaks. */
  void tell(String event, StreamBreak reason, String id) throws IOException {
    writeId(id);
    write(
        bytes(
            "event: %s\ndata: %s\n\n"
                .formatted(
                    event,
                    JsonMapper.shared()
                        .writeValueAsString(new Notice(reason.reason(), reason.message(), id)))));
    flush();
  }

  /**
   * What the data of an event about the stream itself says.
   *
   * @param reason for programs
   * @param message for people
   * @param id from where the stream goes on, or is to be resumed
   */
  private record Notice(String reason, String message, String id) {}

  /** Sends a heartbeat if nothing was sent for as long as that may be. */
  void heartbeatIfDue(String id) throws IOException {
    if (untilHeartbeat().isZero()) {
      write(HEARTBEAT);
      position(id);
    }
  }

  /** Likewise, where it is not known yet from where to resume. */
  void heartbeatIfDue() throws IOException {
    if (untilHeartbeat().isZero()) {
      write(HEARTBEAT);
      write(LINE);
      flush();
    }
  }

  /** How long nothing more needs to be sent. */
  Duration untilHeartbeat() {
    return Duration.ofNanos(Math.max(0, heartbeatNanos - (System.nanoTime() - lastFlush)));
  }

  void flush() throws IOException {
    if (written) {
      out.flush();
      written = false;
      lastFlush = System.nanoTime();
    }
  }

  private void writeId(String id) throws IOException {
    write(ID);
    write(bytes(id));
    write(LINE);
  }

  private void write(byte[] bytes) throws IOException {
    written = true;
    out.write(bytes);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
