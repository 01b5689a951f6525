package io.agentorchestrator.security;

import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;

/** Tells clients from each other. */
public final class Clients {

  /** What a provider gives to one customer: within it, addresses are for the taking. */
  private static final int IPV6_NETWORK_BYTES = 8;

  private Clients() {}

  /** Returns who asks, to be called on the thread of the request. */
  public static String of(HttpServletRequest request) {
    return of(request, SecurityContextHolder.getContext().getAuthentication());
  }

  /** Returns who asks: a key's name or a token's subject; who is neither, is an address. */
  static String of(HttpServletRequest request, @Nullable Authentication caller) {
    return caller == null
            || caller instanceof AnonymousAuthenticationToken
            || caller instanceof Everybody
        ? address(request.getRemoteAddr())
        : "name:" + caller.getName();
  }

  /** Returns an address as a client, an IPv6 one by its network. */
  static String address(String address) {
    try {
      byte[] bytes = InetAddress.ofLiteral(address).getAddress();
      return "address:"
          + HexFormat.of()
              .formatHex(bytes.length == 16 ? Arrays.copyOf(bytes, IPV6_NETWORK_BYTES) : bytes);
    } catch (IllegalArgumentException e) {
      return "address:" + address;
    }
  }
}
