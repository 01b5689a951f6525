package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.schemas.Schemas;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/** What a worker's management port says of it, and how soon. */
final class Health {

  /** How soon it is to say what is the matter. */
  private static final Duration SOON = Duration.ofSeconds(5);

  /** How long an answer may take, whatever hangs. */
  private static final Duration PROMPT = Duration.ofSeconds(2);

  private final URI management;

  Health(URI management) {
    this.management = management;
  }

  /** Waits until a component says so, which must be soon. */
  JsonNode awaitSoon(String component, String status) {
    return await(SOON, component, found -> found.get("status").stringValue().equals(status));
  }

  /** Waits until a component says so, with this in its details, which must be soon. */
  JsonNode awaitSoon(String component, String status, String detail) {
    return await(
        SOON,
        component,
        found ->
            found.get("status").stringValue().equals(status)
                && found.path("details").toString().contains(detail));
  }

  /** Waits until a component says so, as long as it takes to recover. */
  JsonNode awaitBack(String component) {
    return await(
        Duration.ofSeconds(60), component, found -> found.get("status").stringValue().equals("UP"));
  }

  private JsonNode await(Duration longest, String component, Predicate<JsonNode> wanted) {
    return Awaitility.await(component)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(50))
        .atMost(longest)
        .until(() -> component(component), wanted);
  }

  private JsonNode component(String name) {
    return Schemas.parse(ask("").body().getBytes(StandardCharsets.UTF_8))
        .get("components")
        .get(name);
  }

  void assertReadyForReads(boolean ready) {
    assertThat(ask("/readiness").statusCode()).isEqualTo(ready ? 200 : 503);
    assertThat(ask("/liveness").statusCode()).isEqualTo(200);
  }

  /** Asks, sees to it that the answer comes soon, and that it tells nobody too much. */
  private HttpResponse<String> ask(String group) {
    long start = System.nanoTime();
    HttpResponse<String> answer = Pipeline.http(management.resolve("/actuator/health" + group));
    assertThat(Duration.ofNanos(System.nanoTime() - start)).as("time to answer").isLessThan(PROMPT);
    assertThat(answer.body())
        .doesNotContain("127.0.0.1")
        .doesNotContain("postgres:")
        .doesNotContain("SELECT")
        .doesNotContain("\\n\\tat ");
    return answer;
  }
}
