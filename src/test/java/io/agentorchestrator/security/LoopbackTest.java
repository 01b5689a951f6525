package io.agentorchestrator.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoopbackTest {

  private static final String HERE = "127.0.0.1";

  @Test
  void letsEverybodyReadOnThisMachine() {
    assertThatCode(() -> require(HERE, HERE, true)).doesNotThrowAnyException();
    assertThatCode(() -> require("::1", "127.5.5.5", true)).doesNotThrowAnyException();
    // The address of a port that there is not says nothing.
    assertThatCode(() -> require(HERE, null, false)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, 127.0.0.1, server.address is 0.0.0.0.",
    "127.0.0.1, 0.0.0.0, management.server.address is 0.0.0.0.",
    "192.0.2.7, ::, 'server.address is 192.0.2.7, management.server.address is 0:0:0:0:0:0:0:0.'",
    ", 127.0.0.1, server.address is not set.",
    "127.0.0.1, , management.server.address is not set."
  })
  void refusesToServeEverybodyToOthers(
      @Nullable String server, @Nullable String management, String told) {
    assertThatThrownBy(() -> require(server, management, true))
        .isInstanceOfSatisfying(
            StartRefusedException.class,
            refused ->
                assertThat(refused.action())
                    .contains("orchestrator.security.mode", "api-key", "jwt", "server.address"))
        .hasMessageEndingWith("beyond this machine: " + told);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LOCALHOST",
        "a.localhost",
        "127.0.0.1",
        "127.9.9.9",
        "::1",
        "[::1]",
        "proxy"
      })
  void isAskedForByItsOwnNames(String host) {
    assertThat(Loopback.isHost(host, Set.of("proxy"))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "mylocalhost",
        "0.0.0.0",
        "192.0.2.1",
        "[2001:db8::1]",
        ""
      })
  void isNotAskedForByNamesOfOthers(String host) {
    assertThat(Loopback.isHost(host, Set.of("proxy"))).isFalse();
  }

  private static void require(
      @Nullable String server, @Nullable String management, boolean ownPort) {
    Loopback.require(address(server), address(management), ownPort);
  }

  private static @Nullable InetAddress address(@Nullable String literal) {
    return literal == null ? null : InetAddress.ofLiteral(literal);
  }
}
