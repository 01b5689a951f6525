package io.agentorchestrator.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.rest.Reading.Answer;
import io.agentorchestrator.rest.Scope;
import java.net.URI;
import java.net.http.HttpRequest;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may read under {@code api-key}. */
class ApiKeyIT extends WhoMayRead {

  ApiKeyIT() {
    super(SecuredWorker.withKeys());
  }

  @Test
  void takesAKeyFromEitherHeaderAndFromNowhereElse() {
    URI agents = rest("/api/v2/agents");
    String key = worker.credentials();

    assertThat(SecuredWorker.get(agents, "X-API-Key: " + key).status()).isEqualTo(200);
    assertThat(SecuredWorker.get(agents, "Authorization: bearer " + key).status()).isEqualTo(200);
    SecuredWorker.get(agents, "Authorization: Basic " + key).problem(401);
    SecuredWorker.get(agents, "Authorization: " + key).problem(401);
    SecuredWorker.get(agents, "Cookie: X-API-Key=" + key).problem(401);
    SecuredWorker.get(rest("/api/v2/agents?access_token=" + key)).problem(401);
    for (String[] both :
        List.of(
            new String[] {"X-API-Key: " + key, "Authorization: Bearer " + key},
            new String[] {"X-API-Key: " + key, "X-API-Key: " + key},
            new String[] {"X-API-Key: "})) {
      assertThat(SecuredWorker.get(agents, both).problem(401))
          .startsWith("Expected one credential");
    }
  }

  @Test
  void holdsEachClientToItsRate() {
    HttpRequest.Builder request = HttpRequest.newBuilder(rest("/api/v2/agents"));
    String from = "127.0.0.9";
    Answer last = SecuredWorker.send(from, request.copy());
    for (int i = 0; i < 2 * SecuredWorker.BURST && last.status() != 429; i++) {
      // Whoever tries keys is held to it as well.
      last =
          i % 2 == 0
              ? SecuredWorker.send(from, request.copy())
              : SecuredWorker.send(
                  from,
                  request.copy(),
                  "X-API-Key: " + ApiKeyHash.newKey(new SecureRandom()).key());
    }

    assertThat(last.problem(429)).startsWith("More requests");
    assertThat(Long.parseLong(last.header("retry-after"))).isBetween(1L, 2L);
    // Neither another address, nor a client with a key, nor a probe.
    SecuredWorker.send("127.0.0.10", request.copy()).problem(401);
    assertThat(
            SecuredWorker.send(from, request.copy(), "X-API-Key: " + worker.credentials()).status())
        .isEqualTo(200);
    assertThat(
            SecuredWorker.send(
                    from, HttpRequest.newBuilder(management("/actuator/health/liveness")))
                .status())
        .isEqualTo(200);
    assertThat(refused("rate_limit")).isPositive();
  }

  @Test
  void countsWhatItRefusesByReason() {
    double before = refused("expired");

    bearer(rest("/api/v2/agents"), String.valueOf(worker.wrong().get("expired key"))).problem(401);

    assertThat(refused("expired")).isEqualTo(before + 1);
  }

  private double refused(String reason) {
    return bearer(
            management("/actuator/prometheus"), worker.credentials(EnumSet.of(Scope.METRICS_READ)))
        .body()
        .lines()
        .filter(
            line ->
                line.startsWith(
                    "orchestrator_requests_refused_total{reason=\"%s\"}".formatted(reason)))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
