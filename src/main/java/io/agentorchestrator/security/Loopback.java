package io.agentorchestrator.security;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What keeps reads that need no credentials to this machine. */
final class Loopback {

  private Loopback() {}

  /**
   * Refuses to serve everybody on an address that others reach, too.
   *
   * @param server what {@code server.address} is; null is all addresses
   * @param management what {@code management.server.address} is, likewise
   * @param managementHasOwnPort whether there is a port of its own that it applies to
   * @throws StartRefusedException if one is not loopback
   */
  static void require(
      @Nullable InetAddress server,
      @Nullable InetAddress management,
      boolean managementHasOwnPort) {
    List<String> open = new ArrayList<>();
    if (isOpen(server)) {
      open.add(setting("server.address", server));
    }
    if (managementHasOwnPort && isOpen(management)) {
      open.add(setting("management.server.address", management));
    }
    if (!open.isEmpty()) {
      throw new StartRefusedException(
          "orchestrator.security.mode is none, under which everybody who reaches the worker may"
              + " read everything, but it would listen beyond this machine: "
              + String.join(", ", open)
              + ".",
          "Set orchestrator.security.mode to api-key or jwt, or server.address and"
              + " management.server.address to 127.0.0.1.");
    }
  }

  /**
   * Tells whether a host that was asked for is this machine's loopback by name or number, or one of
   * those allowed. A page in a browser reaches loopback by a name that it has resolve to it, and
   * would read as if it were ours; but its name it cannot hide.
   */
  static boolean isHost(String host, Set<String> allowed) {
    String name = host.toLowerCase(Locale.ROOT);
    if (name.equals("localhost") || name.endsWith(".localhost") || allowed.contains(name)) {
      return true;
    }
    try {
      return InetAddress.ofLiteral(name.replaceAll("^\\[|]$", "")).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean isOpen(@Nullable InetAddress address) {
    return address == null || !address.isLoopbackAddress();
  }

  private static String setting(String name, @Nullable InetAddress address) {
    return name + (address == null ? " is not set" : " is " + address.getHostAddress());
  }
}
