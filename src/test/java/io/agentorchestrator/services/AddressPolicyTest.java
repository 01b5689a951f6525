package io.agentorchestrator.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPolicyTest {

  private static final AddressPolicy PUBLIC = new AddressPolicy(List.of());

  private static final AddressPolicy ALL_THAT_CAN_BE =
      policy(
          "127.0.0.0/8",
          "10.0.0.0/8",
          "172.16.0.0/12",
          "192.168.0.0/16",
          "100.64.0.0/10",
          "::1/128",
          "fc00::/7");

  private static AddressPolicy policy(String... networks) {
    return new AddressPolicy(Stream.of(networks).map(Network::of).toList());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "168.63.129.17",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2606:4700::1111",
        "3ffe:ffff::1",
        "64:ff9b::1.1.1.1",
        "::ffff:1.1.1.1"
      })
  void allowsWhatIsPublic(String address) throws Exception {
    assertThat(PUBLIC.allows(InetAddress.getByName(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "172.16.0.0",
        "172.31.255.255",
        "192.168.0.0",
        "192.168.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "::1",
        "fc00::1",
        "fdff::1",
        "fd00:ec2::24",
        "fd20:ce::1",
        "::ffff:127.0.0.1",
        "::ffff:10.1.2.3"
      })
  void allowsWhatIsLocalOnlyInItsNetworks(String address) throws Exception {
    InetAddress local = InetAddress.getByName(address);

    assertThat(PUBLIC.allows(local)).isFalse();
    assertThat(ALL_THAT_CAN_BE.allows(local)).isTrue();
    String itself = local.getHostAddress() + (address.indexOf('.') < 0 ? "/128" : "/32");
    assertThat(policy(itself).allows(local)).isTrue();
    assertThat(policy("10.77.0.0/16", "fd77::/16").allows(local)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "169.254.0.0",
        "169.254.255.255",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::2",
        "::127.0.0.1",
        "::1.1.1.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b::168.63.129.16",
        "64:ff9b:1::1.1.1.1",
        "100::1",
        "2001::1",
        "2001:1ff::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:101:101::1",
        "3fff::1",
        "4000::1",
        "5f00::1",
        "fd00:ec2::23",
        "fd00:ec2::254",
        "fd20:ce::254",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "::ffff:169.254.169.254",
        "::ffff:168.63.129.16",
        "::ffff:0:127.0.0.1"
      })
  void allowsTheRestNowhere(String address) throws Exception {
    assertThat(PUBLIC.allows(InetAddress.getByName(address))).isFalse();
    assertThat(ALL_THAT_CAN_BE.allows(InetAddress.getByName(address))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0/0",
        "8.0.0.0/8",
        "10.0.0.0/7",
        "169.254.169.254/32",
        "169.254.0.0/16",
        "1.1.1.1/32",
        "::/0",
        "::/127",
        "fe80::/10",
        "2000::/3"
      })
  void letsNobodyAllowOtherNetworks(String network) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> policy(network))
        .withMessageContaining("within [127.0.0.0/8, 10.0.0.0/8");
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.2.0/23, 10.1.3.255, 10.1.4.0",
    "10.1.2.3/32, 10.1.2.3, 10.1.2.2",
    "0.0.0.0/0, 255.255.255.255, ::1",
    "128.0.0.0/1, 255.0.0.0, 127.255.255.255",
    "fd00::/9, fd7f::1, fd80::1",
    "fd00::/8, fd00::1, 253.0.0.1"
  })
  void knowsTheEndsOfANetwork(String network, String within, String beyond) throws Exception {
    assertThat(Network.of(network).contains(InetAddress.getByName(within))).isTrue();
    assertThat(Network.of(network).contains(InetAddress.getByName(beyond))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.1/8",
        "10/8",
        "10.0/16",
        "0x0a.0.0.0/8",
        "300.0.0.0/8",
        "localhost/8",
        "a.example/32",
        "fd00::/129",
        "fd00::1/64",
        "fe80::1%1/128",
        ":/8",
        ":::/8"
      })
  void takesNothingElseForANetwork(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> Network.of(text));
  }

  @Test
  void tellsANetworkAsItIsWritten() {
    assertThat(Network.of("10.1.0.0/16")).hasToString("10.1.0.0/16");
  }
}
