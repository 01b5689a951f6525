package io.agentorchestrator.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ReservedPortTest {

  @Test
  void isRefusedUnlessAServerListensAndCanBeListenedOnAgainAndAgain() throws IOException {
    try (ReservedPort reserved = ReservedPort.take()) {
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> connect(reserved)).isInstanceOf(ConnectException.class);
        try (ServerSocket server = new ServerSocket()) {
          server.bind(address(reserved));
          connect(reserved);
          server.accept().close();
        }
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void isNobodyElses() throws IOException {
    try (Socket client = new Socket()) {
      client.setReuseAddress(false);
      InetSocketAddress address;
      try (ReservedPort reserved = ReservedPort.take()) {
        address = address(reserved);
        assertThatThrownBy(() -> client.bind(address)).isInstanceOf(BindException.class);
      }
      client.bind(address);
      assertThat(client.getLocalPort()).isEqualTo(address.getPort());
    }
  }

  private static void connect(ReservedPort port) throws IOException {
    new Socket(InetAddress.ofLiteral("127.0.0.1"), port.number()).close();
  }

  private static InetSocketAddress address(ReservedPort port) {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port.number());
  }
}
