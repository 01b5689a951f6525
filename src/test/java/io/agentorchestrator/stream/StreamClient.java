package io.agentorchestrator.stream;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream as the HTML standard says a client does. Over HTTP 1.0, whose bodies are what is
 * on the connection, and on a socket of its own, so that a test can stop reading or break off in
 * the middle.
 */
final class StreamClient implements AutoCloseable {

  private static final String LOOPBACK = "127.0.0.1";

  /** Small, so that little is on the way to a client that does not read. */
  private static final int RECEIVE_BUFFER = 4096;

  /**
   * An event that was dispatched.
   *
   * @param id the last event id then
   * @param type its name
   * @param data its data
   */
  record Message(String id, String type, String data) {}

  private final Socket socket = new Socket();
  private final Map<String, String> headers = new TreeMap<>();
  private final List<Message> messages = new ArrayList<>();
  private final List<String> comments = new ArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final BufferedReader in;
  private final int status;
  private volatile int stopAfter = Integer.MAX_VALUE;
  private volatile String lastId = "";

  @SuppressWarnings("AddressSelection") // A literal, which names one address.
  private StreamClient(String from, URI rest, String query, @Nullable String lastId, boolean slow)
      throws IOException {
    if (slow) {
      socket.setReceiveBufferSize(RECEIVE_BUFFER);
    }
    socket.bind(new InetSocketAddress(from, 0));
    socket.connect(new InetSocketAddress(rest.getHost(), rest.getPort()));
    String request =
        "GET /api/v2/log/stream%s HTTP/1.0\r\nAccept: text/event-stream\r\n%s\r\n"
            .formatted(
                query.isEmpty() ? "" : "?" + query,
                lastId == null ? "" : "Last-Event-ID: " + lastId + "\r\n");
    socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
    in =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8),
            slow ? 256 : 8192);
    status = Integer.parseInt(line().split(" ", 3)[1]);
    for (String header = line(); !header.isEmpty(); header = line()) {
      String[] parts = header.split(": ", 2);
      headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1]);
    }
  }

  private String line() throws IOException {
    String line = in.readLine();
    if (line == null) {
      throw new IOException("ended within the headers");
    }
    return line;
  }

  /** Opens a stream from an address of this machine, and reads it from now on. */
  static StreamClient openFrom(String from, URI rest, String query) {
    try {
      return new StreamClient(from, rest, query, null, false).read();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Opens a stream, reads it from now on, and returns once it is known from where. */
  static StreamClient open(URI rest, String query, @Nullable String lastId) {
    return open(rest, query, lastId, Integer.MAX_VALUE);
  }

  /** Likewise, but breaks off in the middle, when it has got so many events. */
  static StreamClient open(URI rest, String query, @Nullable String lastId, int stopAfter) {
    try {
      StreamClient client = new StreamClient(LOOPBACK, rest, query, lastId, false);
      client.stopAfter = stopAfter;
      client.read();
      return client;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Opens a stream and does not read it until told to. */
  static StreamClient openWithoutReading(URI rest, String query) {
    try {
      return new StreamClient(LOOPBACK, rest, query, null, true);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Reads from now on, and returns once it is known from where; what is no stream is left. */
  StreamClient read() {
    if (status == 200) {
      Thread.ofVirtual().start(this::parse);
      await("the stream's first id", () -> !lastId.isEmpty() || isClosed());
    }
    return this;
  }

  private void parse() {
    String type = "message";
    String id = "";
    StringBuilder data = new StringBuilder();
    try {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.isEmpty()) {
          lastId = id;
          if (!data.isEmpty()) {
            synchronized (messages) {
              messages.add(new Message(id, type, data.substring(0, data.length() - 1)));
              if (messages.size() == stopAfter) {
                socket.close();
                return;
              }
            }
          }
          type = "message";
          data.setLength(0);
        } else if (line.startsWith(":")) {
          synchronized (comments) {
            comments.add(line.substring(1).strip());
          }
        } else if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("event: ")) {
          type = line.substring(7);
        } else if (line.startsWith("data: ")) {
          data.append(line.substring(6)).append('\n');
        }
      }
    } catch (IOException e) {
      // The connection was broken off.
    } finally {
      closed.countDown();
    }
  }

  /** What stands in the body of an answer that is no stream. */
  String body() {
    try {
      StringBuilder body = new StringBuilder();
      for (int next = in.read(); next >= 0; next = in.read()) {
        body.append((char) next);
      }
      return body.toString();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  int status() {
    return status;
  }

  /** A header; empty if there is none. */
  String header(String name) {
    return headers.getOrDefault(name, "");
  }

  /** From where to resume. */
  String lastId() {
    return lastId;
  }

  List<Message> messages() {
    synchronized (messages) {
      return List.copyOf(messages);
    }
  }

  List<String> comments() {
    synchronized (comments) {
      return List.copyOf(comments);
    }
  }

  /** Waits for so many events and returns all. */
  List<Message> await(int count) {
    try {
      await(count + " events", () -> count <= size() || isClosed());
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("Only " + size() + " events, id " + lastId + ", " + comments(), e);
    }
    return messages();
  }

  private int size() {
    synchronized (messages) {
      return messages.size();
    }
  }

  void await(String what, BooleanSupplier condition) {
    Awaitility.await(what)
        .atMost(Duration.ofSeconds(60))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(condition::getAsBoolean);
  }

  boolean isClosed() {
    return closed.getCount() == 0;
  }

  /** Waits for the end of the stream and returns all events. */
  List<Message> awaitEnd() {
    try {
      if (!closed.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException("The stream goes on.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    return messages();
  }

  /** Breaks the connection off. */
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
