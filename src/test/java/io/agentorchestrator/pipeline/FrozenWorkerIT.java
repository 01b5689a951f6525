package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.Site;
import io.agentorchestrator.local.WorkerProcess;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/**
 * A worker halted in the middle of its batch for longer than the group waits for it: the group goes
 * on without it, and when it goes on itself it acknowledges nothing, and joins again.
 */
@Tag("faults")
class FrozenWorkerIT {

  private static final int LIVES = 1500;

  private final Lives lives = new Lives(LIVES);

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void isLeftBehindAndJoinsAgain(String protocol) throws Exception {
    String[] settings = {
      "--orchestrator.commands.group-protocol=" + protocol,
      "--orchestrator.commands.max-poll-records=1000",
      "--spring.kafka.consumer.properties.max.poll.interval.ms=7000",
      // All that a poll may wait for is shorter still.
      "--orchestrator.database.pool-timeout=6",
      "--orchestrator.database.timeouts.lock=3",
      "--orchestrator.database.timeouts.statement=4",
      "--orchestrator.database.timeouts.idle-in-transaction=5",
      "--orchestrator.database.timeouts.transaction=6"
    };
    Site site = Site.fresh();
    try (WorkerProcess frozenWorker =
            WorkerProcess.at(site).asShipped().settings(settings).start().awaitReady();
        Pipeline pipeline = Pipeline.at(site, 1, settings)) {
      pipeline.sendAll(lives.registrations());
      pipeline.events(
          "agents", event -> event.type().equals("agent.registered.v1"), lives.agents().size());
      List<ObjectNode> commands = lives.commands();
      int most = commands.size() * 2 / 3;
      pipeline.sendAll(commands.subList(0, most));
      await()
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(2))
          .until(() -> applied(site) > lives.events() / 10);

      frozenWorker.freeze();
      assertThat(applied(site)).as("still at work when halted").isLessThan(most);
      await().atMost(Duration.ofMinutes(2)).until(() -> Group.members(site).size() == 2);
      try (TopicReader log = pipeline.reader("orchestrator.log")) {
        Settling.await(site, log);
      }
      frozenWorker.thaw();

      await().atMost(Duration.ofMinutes(2)).until(() -> Group.members(site).size() == 4);
      Group.awaitShared(site, 4);
      pipeline.sendAll(commands.subList(most, commands.size()));
      lives.assertTold(pipeline.settled());
      try (TopicReader deadLetters = pipeline.reader("orchestrator.commands.dead-letter")) {
        assertThat(deadLetters.toTheEnd()).isEmpty();
      }
    }
  }

  private static int applied(Site site) {
    return Settling.count(site, "SELECT count(*) FROM orchestration_log");
  }
}
