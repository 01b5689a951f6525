package io.agentorchestrator.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agentorchestrator.AgentOrchestratorApplication;
import io.agentorchestrator.rest.Reading;
import io.agentorchestrator.rest.Reading.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** Who may read under {@code none}. */
@ExtendWith(OutputCaptureExtension.class)
class EverybodyIT {

  private final Reading reading = Reading.shared();

  @Test
  void everybodyOnThisMachineReadsEverything() {
    reading.worker().bean(RequestMappingHandlerMapping.class).getHandlerMethods().keySet().stream()
        .flatMap(mapping -> mapping.getPatternValues().stream())
        .filter(path -> path.startsWith("/api/"))
        .map(path -> path.replace("{id}", UUID.randomUUID().toString()))
        .map(path -> path.endsWith("/commands") ? path + "?id=x" : path)
        .forEach(
            path -> {
              Answer answer = Reading.send(HttpRequest.newBuilder(reading.uri(path)));
              assertThat(answer.status()).as(path).isIn(200, 404);
              if (answer.status() == 404) {
                assertThat(answer.problem(404)).as(path).startsWith("There is no ");
              }
              assertThat(answer.header("x-content-type-options")).isEqualTo("nosniff");
            });
    assertThat(
            Reading.names(
                Reading.send(
                        HttpRequest.newBuilder(
                            reading.worker().management().resolve("/actuator/health")))
                    .json()))
        .contains("components");
  }

  /** A page in a browser may have its name resolve to this machine. */
  @ParameterizedTest
  @CsvSource({
    "localhost, 200",
    "127.0.0.1:8080, 200",
    "[::1], 200",
    "evil.example, 400",
    "192.0.2.1, 400"
  })
  void onlyAskedForByTheNamesOfThisMachine(String host, int status) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), reading.uri("/").getPort())) {
      socket
          .getOutputStream()
          .write(
              "GET /api/v2/agents?limit=1 HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                  .formatted(host)
                  .getBytes(StandardCharsets.ISO_8859_1));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.1 " + status)
          .contains(status == 200 ? "application/json" : "application/problem+json");
    }
  }

  @Test
  void doesNotStartWhereOthersWouldReadToo(CapturedOutput output) {
    assertThatThrownBy(() -> start("--server.address=0.0.0.0"))
        .hasRootCauseInstanceOf(StartRefusedException.class);

    assertThat(output)
        .contains("APPLICATION FAILED TO START")
        .contains("server.address is 0.0.0.0.")
        .contains("Set orchestrator.security.mode to api-key or jwt")
        .doesNotContain("\tat ");
  }

  @Test
  void doesNotShowAKeyThatStandsWhereItsHashBelongs(CapturedOutput output) {
    String key = ApiKeyHash.newKey(new SecureRandom()).key();

    assertThatThrownBy(
            () ->
                start(
                    "--orchestrator.security.mode=api-key",
                    "--orchestrator.security.api-keys[0].name=portal",
                    "--orchestrator.security.api-keys[0].hash=" + key,
                    "--orchestrator.security.api-keys[0].scopes=agents:read"))
        .hasRootCauseInstanceOf(StartRefusedException.class);

    assertThat(output)
        .contains("orchestrator.security.api-keys[0].hash is none")
        .doesNotContain(key);
  }

  /** Before anything is asked of the database, which is not there. */
  private static void start(String... settings) {
    String[] all = new String[settings.length + 3];
    System.arraycopy(settings, 0, all, 3, settings.length);
    all[0] = "--DATABASE_URL=postgresql://a:b@127.0.0.1:1/none";
    all[1] = "--server.port=0";
    all[2] = "--management.server.port=0";
    SpringApplication.run(AgentOrchestratorApplication.class, all).close();
  }
}
