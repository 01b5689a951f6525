package io.agentorchestrator.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A worker that is frozen and thawed, asked to end, and one that cannot start. */
class WorkerProcessIT {

  private static final Duration WAIT = Duration.ofSeconds(60);

  @Test
  void answersUnlessItIsFrozenAndEndsWhenAsked() throws Exception {
    try (WorkerProcess worker =
        WorkerProcess.at(Site.fresh()).jvm("-Xmx400m").start().awaitReady()) {
      assertThat(worker.isReady()).isTrue();
      await()
          .atMost(WAIT)
          .until(() -> worker.health("commands").orElseThrow().body().contains("UP"));
      assertThat(get(worker.rest().resolve("/api/v2/agents")).body()).contains("\"agents\":[]");
      assertThat(worker.logs().resolve("worker.log")).content().contains("Started");

      worker.freeze();
      assertThat(worker.health("")).isEmpty();
      assertThat(worker.isAlive()).isTrue();
      assertThatThrownBy(() -> worker.awaitEnd(Duration.ofMillis(50)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("did not end within PT0.05S");
      worker.thaw();
      assertThat(worker.health("")).isPresent();

      worker.stop();
      assertThat(worker.awaitEnd(WAIT)).isEqualTo(128 + 15);
    }
  }

  @Test
  void showsWhatWasPrintedByOneThatCannotStart() {
    try (WorkerProcess worker =
        WorkerProcess.start(Site.fresh(), "--orchestrator.commands.concurrency=0")) {
      assertThatThrownBy(worker::awaitReady)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("orchestrator.commands.concurrency");
      assertThat(worker.awaitEnd(WAIT)).isEqualTo(1);
    }
  }

  private static HttpResponse<String> get(URI uri) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }
}
