package io.agentorchestrator.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * A port of 127.0.0.1 kept for a server that comes and goes, whichever process it runs in.
 *
 * <p>It is bound here, and not listened on, so connections are refused while the server is away;
 * the server binds it besides, as servers may that set {@code SO_REUSEADDR} (PostgreSQL, and
 * everything in Java). Without it, the system may give the port to a client's connection meanwhile,
 * in the worst case to one that was to reach the server, which then talks to itself. Only Linux
 * lets two bind a port so; elsewhere it is a number that was free.
 */
public final class ReservedPort implements AutoCloseable {

  private final Socket placeholder;
  private final int number;

  private ReservedPort(Socket placeholder) {
    this.placeholder = placeholder;
    this.number = placeholder.getLocalPort();
  }

  /** Reserves a port that nobody uses. */
  @SuppressWarnings("AddressSelection") // A literal, which names one address.
  public static ReservedPort take() {
    Socket socket = new Socket();
    try {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
      ReservedPort reserved = new ReservedPort(socket);
      if (!System.getProperty("os.name").startsWith("Linux")) {
        socket.close();
      }
      return reserved;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int number() {
    return number;
  }

  /** Gives it back; a server that listens on it goes on. */
  @Override
  public void close() {
    try {
      placeholder.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
