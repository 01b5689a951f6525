package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.pipeline.RequestAttack.Answer;
import io.agentorchestrator.pipeline.RequestAttack.Request;
import io.agentorchestrator.security.Keyring;
import java.net.URI;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What may be answered to an attacker: what the contract names, or what HTTP's own rules do and the
 * request gave cause for; and nothing that is not his to know.
 */
final class AnswerRules {

  private static final Set<String> USUAL_METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE");

  private final @Nullable Keyring keyring;
  private final URI management;

  /**
   * Begins.
   *
   * @param keyring what the worker asks of who reads; null if it asks for nothing
   * @param management where its actuator is
   */
  AnswerRules(@Nullable Keyring keyring, URI management) {
    this.keyring = keyring;
    this.management = management;
  }

  void hold(Request request, Answer answer) {
    assertThat(isNamed(request, answer))
        .as("%d is an answer to%n%s%n%n%s", answer.status(), request.told(), answer.head())
        .isTrue();
    assertThat(answer.head()).as(request.told()).doesNotContainIgnoringCase("x-injected");
    // Whatever a request has in it, it is one: nobody's next one is smuggled along.
    assertThat(answer.text()).as(request.told()).doesNotContain("\nHTTP/1.1 ");
    // How all is, is told in the same form however it is.
    if (answer.status() >= 400 && answer.status() != 503 && !answer.body().isEmpty()) {
      assertThat(answer.head()).as(request.told()).containsPattern(formOfErrors(request));
      assertThat(answer.body())
          .as(request.told())
          .doesNotContain("\tat ", "Exception", "org.springframework", "org.postgresql", "<html");
    }
    Keyring ring = keyring;
    if (ring != null) {
      assertThat(answer.text()).as(request.told()).doesNotContain(ring.full(), ring.narrow());
    }
    if (request.refused()) {
      assertThat(answer.status()).as(request.told()).isNotIn(200, 304);
      assertThat(answer.body())
          .as("told nothing of what is there, or could be, by%n%s", request.told())
          .doesNotContain("There is no ", "\"example\"");
    }
    if (answer.status() == 401) {
      assertThat(answer.head()).as(request.told()).contains("WWW-Authenticate: Bearer ");
    }
  }

  /** The contract's, for reads. What Boot serves has Boot's own, but where the server answers. */
  private String formOfErrors(Request request) {
    return request.at().equals(management)
        ? "Content-Type: application/(problem\\+)?json"
        : "Content-Type: application/problem\\+json";
  }

  /**
   * Whether the status is one that there may be, and for such a request. Those below are not in the
   * contract but in HTTP: of what is no right request of it, the web server tells so, before anyone
   * is asked who knows the contract.
   */
  private boolean isNamed(Request request, Answer answer) {
    return switch (answer.status()) {
      // The contract's: read, or there is nothing, or it may not be asked so.
      case 200, 400, 404, 405 -> true;
      // The contract's, where a worker asks who reads. Here nobody is held to a rate: no 429.
      case 401, 403 -> keyring != null;
      // openapi.yaml's: what the client has is still so.
      case 304 -> request.carries("If-None-Match");
      // RFC 9110, 15.5.7: it is there, but not as anything that is accepted.
      case 406 -> request.carries("Accept");
      // RFC 9110, 15.5.14: more content than is borne with.
      case 413 -> request.carries("Content-Length") || request.carries("Transfer-Encoding");
      // RFC 9110, 15.5.15, and RFC 6585, 5: more in front of the content than is borne with.
      case 414, 431 -> request.isLarge();
      // RFC 9110, 15.5.18: an expectation that nobody can meet.
      case 417 -> request.carries("Expect");
      // RFC 9112, 6.1: a transfer coding that nobody knows. RFC 9110, 15.6.2: such a method.
      case 501 -> request.carries("Transfer-Encoding") || !USUAL_METHODS.contains(request.method());
      // RFC 9110, 15.6.6: a version that is none.
      case 505 -> !request.line().endsWith(" HTTP/1.1");
      // The contract's and the actuator's: asked how all is, a worker tells that it is not well.
      case 503 ->
          request.path().equals("/api/v2/health/database")
              || request.path().startsWith("/actuator/health");
      // An answer, lost: what of a request was not read when it was given resets the connection.
      case 0 -> answer.reset() && (request.isLarge() || request.text().length() > 16_000);
      default -> false;
    };
  }
}
