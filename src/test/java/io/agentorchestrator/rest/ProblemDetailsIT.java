package io.agentorchestrator.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProblemDetailsIT {

  private final Reading reading = Reading.shared();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/api/v2",
        "/api/v2/agents/",
        "/api/v2/nothing",
        "/api/v2/agents/x/y",
        "/error",
        "/index.html"
      })
  void pathsThatAreNotThereAreNotFound(String path) {
    Reading.Answer answer = Reading.send(HttpRequest.newBuilder(reading.uri(path)));

    answer.problem(404);
    assertThat(answer.json().get("title").stringValue()).isEqualTo("Not Found");
    assertThat(answer.json().get("instance").stringValue()).isEqualTo(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE"})
  void nothingIsWrittenOverRest(String method) {
    Reading.Answer answer =
        Reading.send(
            HttpRequest.newBuilder(reading.uri("/api/v2/agents"))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString("{}")));

    answer.problem(405);
    assertThat(answer.header("allow")).contains("GET");
  }

  @Test
  void onlyJsonIsServed() {
    Reading.Answer answer =
        Reading.send(
            HttpRequest.newBuilder(reading.uri("/api/v2/agents"))
                .header("Accept", "application/yaml, text/html"));

    answer.problem(406);
  }

  @Test
  void anErrorIsToldToWhoeverAcceptsHtmlToo() {
    Reading.Answer answer =
        Reading.send(
            HttpRequest.newBuilder(reading.uri("/api/v2/agents/x")).header("Accept", "text/html"));

    assertThat(answer.status()).isIn(400, 406);
    answer.problem(answer.status());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v2/agents?q=%zz%zz",
        "/api/v2/agents?type=%ff%fe",
        "/api/v2/agents?type=a|b{c}",
        "/api/v2/agents/%2e%2e%2f",
        "/api/v2/agents\\x",
        "/api/v2/%00",
        "/api/v2/agents;a=b?type"
      })
  void requestsThatCannotBeReadAreBad(String target) throws IOException {
    String answer = raw("GET " + target + " HTTP/1.1");

    assertThat(answer).startsWith("HTTP/1.1 4").contains("application/problem+json");
    assertThat(answer).containsPattern("\"status\":4\\d\\d").doesNotContainIgnoringCase("<html");
  }

  @Test
  void methodsThatTheContainerRefusesAreNotAllowed() throws IOException {
    assertThat(raw("TRACE /api/v2/agents HTTP/1.1"))
        .startsWith("HTTP/1.1 405")
        .contains("application/problem+json");
  }

  @Test
  void headersOnlyAreServedAndSoAreTheMethods() {
    HttpRequest.Builder head = HttpRequest.newBuilder(reading.uri("/api/v2/agents"));

    assertThat(Reading.send(head.HEAD()).status()).isEqualTo(200);
  }

  /** Sends what an HTTP client would refuse to send. */
  private String raw(String requestLine) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), reading.uri("/").getPort())) {
      socket
          .getOutputStream()
          .write(
              (requestLine + "\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
