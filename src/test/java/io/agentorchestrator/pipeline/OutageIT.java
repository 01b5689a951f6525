package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.LocalPostgres;
import io.agentorchestrator.local.LocalRunProcess;
import io.agentorchestrator.local.ReservedPort;
import io.agentorchestrator.local.Servers;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.schemas.Schemas;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/** PostgreSQL and Kafka killed in the middle of the work, and started again. */
@Tag("faults")
class OutageIT {

  private static final String[] SETTINGS = {
    "--orchestrator.commands.max-poll-records=50", "--orchestrator.commands.max-backoff=1s"
  };
  private static final int LIVES = 667;
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Lives lives = new Lives(LIVES);

  @Test
  void waitsForPostgresAndGoesOn(@TempDir Path folder) {
    try (LocalPostgres postgres = Servers.startPostgres(folder)) {
      Site site = Site.fresh(Servers.of(postgres.address(), Servers.shared().bootstrapServers()));
      try (Pipeline pipeline = Pipeline.at(site, 1, SETTINGS)) {
        begin(pipeline);
        pipeline.sendAll(lives.commands());
        awaitApplied(site, lives.events() / 3);
        postgres.kill();

        await()
            .atMost(PATIENCE)
            .untilAsserted(() -> assertThat(health(pipeline, "commands")).isEqualTo("DOWN"));
        postgres.start();

        assertThat(Settling.count(site, "SELECT count(*) FROM orchestration_log"))
            .as("still at work when killed")
            .isLessThan(lives.events());
        assertAllIsWell(pipeline);
      }
    }
  }

  @Test
  void waitsForKafkaAndGoesOn(@TempDir Path folder) throws Exception {
    ReservedPort port = ReservedPort.take();
    LocalRunProcess kafka = LocalRunProcess.startKafka(folder, port.number());
    try {
      Site site = Site.fresh(Servers.of(Servers.shared().postgres(), "127.0.0.1:" + port.number()));
      try (Pipeline pipeline = Pipeline.at(site, 1, SETTINGS)) {
        begin(pipeline);
        List<ObjectNode> commands = lives.commands();
        int middle = commands.size() / 2;
        pipeline.sendAll(commands.subList(0, middle));
        awaitApplied(site, lives.events() / 4);
        kafka.kill();
        int applied = Settling.count(site, "SELECT count(*) FROM orchestration_log");
        assertThat(applied).as("still at work when killed").isLessThan(lives.events());
        CompletableFuture<Void> rest =
            CompletableFuture.runAsync(
                () -> pipeline.sendAll(commands.subList(middle, commands.size())));
        kafka = LocalRunProcess.startKafka(folder, port.number());
        rest.join();

        assertAllIsWell(pipeline);
      }
    } finally {
      kafka.kill();
      port.close();
    }
  }

  private void begin(Pipeline pipeline) {
    pipeline.sendAll(lives.registrations());
    pipeline.events(
        "agents", event -> event.type().equals("agent.registered.v1"), lives.agents().size());
  }

  private static void awaitApplied(Site site, int events) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> Settling.count(site, "SELECT count(*) FROM orchestration_log") >= events);
  }

  private void assertAllIsWell(Pipeline pipeline) {
    lives.assertTold(pipeline.settled());
    try (TopicReader deadLetters = pipeline.reader("orchestrator.commands.dead-letter")) {
      assertThat(deadLetters.toTheEnd()).isEmpty();
    }
    assertThat(
            Settling.count(
                pipeline.site(), "SELECT count(*) FROM tasks WHERE status = 'completed'"))
        .isEqualTo(LIVES);
    assertThat(
            Settling.count(
                pipeline.site(), "SELECT sum(running_tasks)::integer FROM agent_activity"))
        .isZero();
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(health(pipeline, "commands")).isEqualTo("UP");
              assertThat(health(pipeline, "relay")).isEqualTo("UP");
            });
  }

  private static String health(Pipeline pipeline, String component) {
    return Schemas.parse(
            Pipeline.http(pipeline.worker().management().resolve("/actuator/health/" + component))
                .body()
                .getBytes(StandardCharsets.UTF_8))
        .get("status")
        .stringValue();
  }
}
