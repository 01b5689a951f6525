package io.agentorchestrator.local;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.Test;

class PortsTest {

  @Test
  void namesThePortInUseWhoWantsItAndTheProperty() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      int port = taken.getLocalPort();

      assertThatThrownBy(
              () -> Ports.requireFree(List.of(new Ports.Wanted("Kafka", port, "the.property"))))
          .isInstanceOf(StartRefused.class)
          .hasMessage(
              "Port %d, wanted by Kafka, is already in use: free it, or choose another with -Dthe.property=<port>.",
              port);
    }
  }

  @Test
  void seesAPortTakenOnAllAddresses() throws IOException {
    try (ServerSocket taken = new ServerSocket(0)) {
      assertThatThrownBy(
              () -> Ports.requireFree(List.of(new Ports.Wanted("a", taken.getLocalPort(), "p"))))
          .isInstanceOf(StartRefused.class);
    }
  }

  @Test
  void refusesOnePortForTwo() {
    int port = Ports.free();

    assertThatThrownBy(
            () ->
                Ports.requireFree(
                    List.of(
                        new Ports.Wanted("the first", port, "one"),
                        new Ports.Wanted("the second", port, "two"))))
        .hasMessageContaining("the second")
        .hasMessageContaining("-Dtwo=");
  }

  @Test
  void letsGoOfThePortsItLookedAt() {
    List<Ports.Wanted> ports = List.of(new Ports.Wanted("a", Ports.free(), "p"));
    Ports.requireFree(ports);

    assertThatCode(() -> Ports.requireFree(ports)).doesNotThrowAnyException();
  }

  @Test
  void lets0StandForAnyPort() {
    Ports.Wanted any = new Ports.Wanted("a", 0, "p");

    assertThatCode(() -> Ports.requireFree(List.of(any, any))).doesNotThrowAnyException();
  }
}
