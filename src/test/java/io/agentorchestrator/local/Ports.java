package io.agentorchestrator.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Looks at ports of 127.0.0.1, where everything here listens, before anybody binds them. */
public final class Ports {

  /**
   * A port somebody is about to listen on.
   *
   * @param user who wants it, as the message names it
   * @param number 1–65535; 0 stands for any free one and is never in the way
   * @param property the system property that changes it
   */
  record Wanted(String user, int number, String property) {}

  private Ports() {}

  /** A port nobody listens on now; nothing keeps it free, so bind it soon. */
  public static int free() {
    try (ServerSocket socket = bind(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Checks that all can be bound at the same time, so the same number asked for twice counts as in
   * use.
   *
   * @throws StartRefused naming the first that cannot
   */
  static void requireFree(List<Wanted> ports) {
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (Wanted wanted : ports) {
        held.add(bind(wanted));
      }
    } finally {
      held.forEach(Ports::close);
    }
  }

  private static ServerSocket bind(Wanted wanted) {
    try {
      return bind(wanted.number());
    } catch (IOException e) {
      throw new StartRefused(
          "Port %d, wanted by %s, is already in use: free it, or choose another with -D%s=<port>."
              .formatted(wanted.number(), wanted.user(), wanted.property()));
    }
  }

  private static ServerSocket bind(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    try {
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
