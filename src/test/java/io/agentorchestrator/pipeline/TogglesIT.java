package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.Site;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What can be switched off does nothing then, and on again it makes up for all of it. */
class TogglesIT {

  /** A replica that is not there: whoever asks for it finds out. */
  private static final String REPLICA =
      "--DATABASE_READ_URL=postgresql://nobody@127.0.0.1:1/nowhere";

  private static final String[] OFF = {
    "--orchestrator.dispatch.enabled=false",
    "--orchestrator.timers.enabled=false",
    "--orchestrator.database.replica-routing=false",
    REPLICA
  };

  private final Site site = Site.fresh();
  private final UUID agent = UUID.randomUUID();
  private final UUID queued = UUID.randomUUID();
  private final UUID late = UUID.randomUUID();
  private final UUID unheard = UUID.randomUUID();

  @Test
  void stopDispatchTimersReplicaRoutingAndRelayUntilTheyAreOnAgain() {
    try (Pipeline off = Pipeline.at(site, 1, OFF)) {
      off.ask(Commands.registerAgent(agent, 2));
      off.ask(Commands.createTask(late, Map.of("timeout_seconds", 60, "max_retries", 0)));
      off.ask(Commands.assign(late, agent));
      off.ask(Commands.createTask(queued, Map.of("assignment", "auto")));
      off.moveClock(Duration.ofHours(1));

      staysSo(
          () -> {
            assertThat(status(off, queued)).isEqualTo("submitted");
            assertThat(status(off, late)).isEqualTo("assigned");
            assertThat(off.get("/api/v2/health/database").toString()).doesNotContain("replica\"");
            assertThat(problems(off)).doesNotContain("replica");
          });
    }
    try (Pipeline off =
        Pipeline.at(
            site,
            1,
            Stream.concat(Stream.of(OFF), Stream.of("--orchestrator.relay.enabled=false"))
                .toArray(String[]::new))) {
      off.send(Commands.registerAgent(unheard, 1));
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> Settling.count(site, "SELECT count(*) FROM agents") == 2);

      staysSo(
          () ->
              assertThat(off.allEvents())
                  .isNotEmpty()
                  .noneMatch(event -> unheard.toString().equals(event.key())));
    }
    try (Pipeline on = Pipeline.at(site, 1, REPLICA)) {
      assertThat(on.eventsAbout(unheard, 1).getLast().type()).isEqualTo("agent.registered.v1");
      assertThat(on.eventsAbout(queued, 2).getLast().type()).isEqualTo("task.assigned.v1");
      assertThat(on.eventsAbout(late, 4))
          .extracting(Event::type)
          .contains("task.timed-out.v1", "task.failed.v1");
      assertThat(problems(on)).contains("The replica cannot be asked");
      assertThat(status(on, queued)).isEqualTo("assigned"); // The primary answers.
    }
  }

  private static void staysSo(Runnable assertion) {
    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(assertion::run);
  }

  private static String status(Pipeline pipeline, UUID task) {
    return pipeline.get("/api/v2/tasks/" + task).get("status").stringValue();
  }

  private static String problems(Pipeline pipeline) {
    return pipeline.get("/api/v2/health/database").get("problems").toString();
  }
}
