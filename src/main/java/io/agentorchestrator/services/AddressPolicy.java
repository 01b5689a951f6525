package io.agentorchestrator.services;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * At which addresses a service may be asked: public ones, and those in the networks it was given.
 * Names lie, and redirects lead anywhere; so this judges the address that is about to be connected
 * to, and nothing that was said before.
 *
 * <p>What counts as public are the blocks that the IANA registries of special-purpose addresses
 * (RFC 6890) leave; of IPv6 only global unicast, 2000::/3. An address that carries another within
 * it (RFC 6052, NAT64) is judged by that one; older ways to carry one (6to4, Teredo) are refused.
 */
final class AddressPolicy {

  /** What may be allowed: a machine's own addresses, private ones, and those shared by carriers. */
  private static final List<Network> LOCAL =
      networks(
          "127.0.0.0/8",
          "10.0.0.0/8",
          "172.16.0.0/12",
          "192.168.0.0/16",
          "100.64.0.0/10",
          "::1/128",
          "fc00::/7");

  /**
   * What is never asked. Among them is where clouds tell a machine its credentials: most at
   * link-local addresses, but Alibaba also at 100.100.100.200, Azure at 168.63.129.16, EKS and EC2
   * at fd00:ec2::23 and fd00:ec2::254, and Google at fd20:ce::254.
   */
  private static final List<Network> NEVER =
      networks(
          "0.0.0.0/8",
          "100.100.100.200/32",
          "168.63.129.16/32",
          "169.254.0.0/16",
          "192.0.0.0/24",
          "192.0.2.0/24",
          "192.88.99.0/24",
          "198.18.0.0/15",
          "198.51.100.0/24",
          "203.0.113.0/24",
          "224.0.0.0/4",
          "240.0.0.0/4",
          "2001::/23",
          "2001:db8::/32",
          "2002::/16",
          "3fff::/20",
          "fd00:ec2::23/128",
          "fd00:ec2::254/128",
          "fd20:ce::254/128");

  private static final Network GLOBAL_UNICAST = Network.of("2000::/3");
  private static final Network NAT64 = Network.of("64:ff9b::/96");

  private final List<Network> allowed;

  /**
   * A policy.
   *
   * @param allowed networks besides the public ones
   * @throws IllegalArgumentException for one that may not be allowed
   */
  AddressPolicy(List<Network> allowed) {
    for (Network each : allowed) {
      if (LOCAL.stream().noneMatch(local -> local.contains(each))) {
        throw new IllegalArgumentException(
            "Expected allowed networks within %s, but one is %s.".formatted(LOCAL, each));
      }
    }
    this.allowed = List.copyOf(allowed);
  }

  /** Whether a connection to this address may be opened. */
  boolean allows(InetAddress address) {
    if (NEVER.stream().anyMatch(network -> network.contains(address))) {
      return false;
    }
    return isPublic(address) || allowed.stream().anyMatch(network -> network.contains(address));
  }

  private static boolean isPublic(InetAddress address) {
    if (address instanceof Inet4Address) {
      return Stream.of(LOCAL, NEVER)
          .flatMap(List::stream)
          .noneMatch(network -> network.contains(address));
    }
    return NAT64.contains(address) ? isPublic(within(address)) : GLOBAL_UNICAST.contains(address);
  }

  private static InetAddress within(InetAddress nat64) {
    try {
      return InetAddress.getByAddress(Arrays.copyOfRange(nat64.getAddress(), 12, 16));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  private static List<Network> networks(String... all) {
    return Arrays.stream(all).map(Network::of).toList();
  }
}
