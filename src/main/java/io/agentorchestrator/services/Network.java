package io.agentorchestrator.services;

import java.net.InetAddress;
import java.util.regex.Pattern;

/**
 * A block of addresses in CIDR notation.
 *
 * @param base its first address
 * @param bits how many leading bits its addresses share
 */
record Network(InetAddress base, int bits) {

  /** Strict: four decimal bytes, or what has a colon. Names, 127.1 and 0x7f are none. */
  private static final Pattern CIDR =
      Pattern.compile("(\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)/(\\d{1,3})");

  /**
   * Reads one.
   *
   * @param text such as {@code 10.0.0.0/8} or {@code fc00::/7}
   * @throws IllegalArgumentException if it is none, or its address has bits beyond the block's
   */
  public static Network of(String text) {
    var matcher = CIDR.matcher(text);
    if (matcher.matches()) {
      InetAddress base = InetAddress.ofLiteral(matcher.group(1));
      Network network = new Network(base, Integer.parseInt(matcher.group(2)));
      if (network.bits <= base.getAddress().length * 8 && network.isBase()) {
        return network;
      }
    }
    throw new IllegalArgumentException(
        "Expected a network such as 10.0.0.0/8 or fd00::/8, but it is %s.".formatted(text));
  }

  private boolean isBase() {
    byte[] bytes = base.getAddress();
    for (int bit = bits; bit < bytes.length * 8; bit++) {
      if (bit(bytes, bit) != 0) {
        return false;
      }
    }
    return true;
  }

  private static int bit(byte[] address, int bit) {
    return address[bit / 8] >> (7 - bit % 8) & 1;
  }

  /** Whether an address lies in it; one of the other family never does. */
  boolean contains(InetAddress address) {
    byte[] own = base.getAddress();
    byte[] other = address.getAddress();
    if (own.length != other.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      if (bit(own, bit) != bit(other, bit)) {
        return false;
      }
    }
    return true;
  }

  /** Whether all addresses of another lie in it. */
  boolean contains(Network other) {
    return bits <= other.bits && contains(other.base);
  }

  @Override
  public String toString() {
    return base.getHostAddress() + "/" + bits;
  }
}
