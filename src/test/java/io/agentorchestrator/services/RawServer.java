package io.agentorchestrator.services;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that answers whatever it likes, byte by byte. */
final class RawServer implements AutoCloseable {

  /** What it does with a connection. */
  interface Answer {
    void write(OutputStream out) throws IOException, InterruptedException;
  }

  private final ServerSocket socket;
  private final Answer answer;
  private final AtomicInteger connections = new AtomicInteger();
  private final Queue<Socket> open = new ConcurrentLinkedQueue<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  RawServer(Answer answer) {
    this.answer = answer;
    try {
      this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  /** One that accepts, and then says nothing. */
  static RawServer silent() {
    return new RawServer(out -> new CountDownLatch(1).await());
  }

  /** One that says the same to all, and hangs up. */
  static RawServer saying(String answer) {
    return new RawServer(out -> out.write(answer.getBytes(StandardCharsets.ISO_8859_1)));
  }

  /** One that begins so, and then goes on with the same for ever, with a pause each time. */
  static RawServer dripping(String beginning, String drop) {
    CountDownLatch never = new CountDownLatch(1);
    return new RawServer(
        out -> {
          out.write(beginning.getBytes(StandardCharsets.ISO_8859_1));
          while (!never.await(20, TimeUnit.MILLISECONDS)) {
            out.write(drop.getBytes(StandardCharsets.ISO_8859_1));
          }
        });
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket connection = socket.accept();
        connections.incrementAndGet();
        open.add(connection);
        Thread.ofVirtual().start(() -> serve(connection));
      } catch (IOException e) {
        return; // Closed.
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      byte[] request = new byte[4096];
      if (connection.getInputStream().read(request) >= 0) {
        answer.write(connection.getOutputStream());
      }
      connection.getOutputStream().flush();
      connection.shutdownOutput();
      while (connection.getInputStream().read(request) >= 0) {
        // So that what was written arrives.
      }
    } catch (IOException e) {
      closed.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until a connection was closed by the other side while something was written. */
  boolean awaitClosed() throws InterruptedException {
    return closed.await(10, TimeUnit.SECONDS);
  }

  int connections() {
    return connections.get();
  }

  String url() {
    return "http://127.0.0.1:%d/".formatted(port());
  }

  int port() {
    return socket.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    socket.close();
    for (Socket each : open) {
      each.close();
    }
  }
}
