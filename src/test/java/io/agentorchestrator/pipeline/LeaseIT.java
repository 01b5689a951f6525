package io.agentorchestrator.pipeline;

import static io.agentorchestrator.pipeline.Commands.assign;
import static io.agentorchestrator.pipeline.Commands.autoTask;
import static io.agentorchestrator.pipeline.Commands.createTask;
import static io.agentorchestrator.pipeline.Commands.heartbeat;
import static io.agentorchestrator.pipeline.Commands.registerAgent;
import static io.agentorchestrator.pipeline.Commands.registerLeased;
import static io.agentorchestrator.pipeline.Commands.word;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.context.support.GenericApplicationContext;
import tools.jackson.databind.node.ObjectNode;

/**
 * Agents that say nothing any more lose their tasks, but only if somebody would have heard them.
 */
class LeaseIT {

  private static final int AGENTS = 1000;
  private static final Duration STEP = Duration.ofSeconds(4);

  private final UUID agent = UUID.randomUUID();
  private final UUID task = UUID.randomUUID();
  private final UUID last = UUID.randomUUID();

  @Test
  void givesUpAnAgentWhoseLeaseRanOutAndGivesItsTasksToOthers() {
    try (Pipeline pipeline = Pipeline.start(2)) {
      UUID healthy = UUID.randomUUID();
      pipeline.ask(registerLeased(agent, 10, "java"));
      pipeline.ask(autoTask(task, Map.of("max_retries", 1), "java"));
      pipeline.eventsAbout(task, 2);
      pipeline.ask(word("task.start.v1", task, agent, 1));
      pipeline.ask(registerAgent(healthy, 1, "java"));
      MovedClock clock = new MovedClock(pipeline, Duration.ZERO);
      for (int i = 0; i < 3; i++) { // A word of the agent each time keeps it.
        pipeline.ask(word("task.progress.v1", task, agent, 1));
        clock.letPass(STEP);
      }
      assertThat(pipeline.eventsAbout(agent, 1)).hasSize(1);

      for (int i = 0; i < 4; i++) {
        clock.letPass(STEP);
      }

      Event offline = pipeline.eventsAbout(agent, 2).getLast();
      assertThat(offline.type()).isEqualTo("agent.status-changed.v1");
      assertThat(offline.changes().get("status").stringValue()).isEqualTo("offline");
      assertThat(offline.commandSource()).isEqualTo("/agent-orchestrator/timer");
      assertThat(UUID.fromString(offline.commandId()).version()).isEqualTo(7);
      List<Event> life = pipeline.eventsAbout(task, 8);
      Event released = life.get(life.size() - 2);
      assertThat(released.type()).isEqualTo("task.released.v1");
      assertThat(released.commandId()).isEqualTo(offline.commandId());
      assertThat(released.header("ce_agentid")).isEqualTo(agent.toString());
      assertThat(released.changes().get("retry_count").intValue()).isEqualTo(1);
      assertThat(released.changes().has("retry_at")).isFalse();
      Event again = life.getLast();
      assertThat(again.type()).isEqualTo("task.assigned.v1");
      assertThat(again.changes().get("attempt").intValue()).isEqualTo(2);
      assertThat(again.header("ce_agentid")).isEqualTo(healthy.toString());

      Event late = pipeline.ask(word("task.complete.v1", task, agent, 1));
      assertThat(late.rejection()).isEqualTo("INVALID_STATE");
      assertThat(pipeline.eventsAbout(agent, 3).getLast().changes().get("status").stringValue())
          .as("whoever speaks is there again")
          .isEqualTo("active");
      pipeline.ask(word("task.complete.v1", task, healthy, 2));
      assertThat(Folding.of(pipeline.eventsAbout(task, 10)))
          .isEqualTo(Folding.resource(pipeline, "/api/v2/tasks/", task));
      assertThat(Folding.of(pipeline.eventsAbout(agent, 3)))
          .isEqualTo(Folding.resource(pipeline, "/api/v2/agents/", agent));
    }
  }

  @Test
  void failsATaskThatHasNoRetryLeftAndWhatWaitsForIt() {
    try (Pipeline pipeline = Pipeline.start(1)) {
      UUID waiting = UUID.randomUUID();
      UUID without = UUID.randomUUID();
      pipeline.ask(registerLeased(agent, 10, "java"));
      pipeline.ask(registerLeased(without, 0, "go"));
      pipeline.ask(autoTask(task, Map.of("max_retries", 0), "java"));
      pipeline.ask(createTask(waiting, Map.of("depends_on", List.of(task.toString()))));
      pipeline.eventsAbout(task, 2);
      MovedClock clock = new MovedClock(pipeline, Duration.ZERO);
      for (int i = 0; i < 4; i++) {
        clock.letPass(STEP);
      }

      assertThat(pipeline.eventsAbout(task, 4))
          .extracting(Event::type)
          .containsExactly(
              "task.created.v1", "task.assigned.v1", "task.released.v1", "task.failed.v1");
      assertThat(pipeline.eventsAbout(waiting, 2).getLast().type()).isEqualTo("task.canceled.v1");
      assertThat(pipeline.eventsAbout(without, 1)).hasSize(1);
      assertThat(pipeline.get("/api/v2/tasks/" + task).get("assigned_agent_id").stringValue())
          .isEqualTo(agent.toString());
      assertThat(Folding.of(pipeline.eventsAbout(task, 4)))
          .isEqualTo(Folding.resource(pipeline, "/api/v2/tasks/", task));
    }
  }

  @Test
  void endsATaskOfALostAgentOnceThatFallsWithAnotherOfIts() {
    try (Pipeline pipeline = Pipeline.start(1)) {
      UUID first = new UUID(0, 1); // The order of ids is the order in which tasks are released.
      UUID waiting = new UUID(0, 2);
      UUID part = new UUID(0, 3);
      ObjectNode registration = registerLeased(agent, 10);
      ((ObjectNode) registration.get("data")).put("max_concurrent_tasks", 2);
      pipeline.ask(registration);
      pipeline.ask(createTask(first, Map.of("max_retries", 0)));
      pipeline.ask(createTask(waiting, Map.of("depends_on", List.of(first.toString()))));
      pipeline.ask(createTask(part, Map.of("parent_task_id", waiting.toString())));
      pipeline.ask(assign(first, agent));
      pipeline.ask(assign(part, agent));
      MovedClock clock = new MovedClock(pipeline, Duration.ZERO);
      for (int i = 0; i < 4; i++) {
        clock.letPass(STEP);
      }

      assertThat(pipeline.eventsAbout(first, 4).getLast().type()).isEqualTo("task.failed.v1");
      assertThat(pipeline.eventsAbout(waiting, 2).getLast().type()).isEqualTo("task.canceled.v1");
      assertThat(pipeline.eventsAbout(part, 3))
          .extracting(Event::type)
          .containsExactly("task.created.v1", "task.assigned.v1", "task.canceled.v1");
      assertThat(pipeline.get("/api/v2/agents/" + agent).get("running_tasks").intValue()).isZero();
    }
  }

  @Test
  @Tag("faults")
  void releasesNothingAfterAnOutageWhileHeartbeatsWaitInKafka() throws Exception {
    Site site = Site.fresh();
    List<UUID> agents = Stream.generate(UUID::randomUUID).limit(AGENTS).toList();
    try (Pipeline pipeline = Pipeline.at(site, 1)) {
      pipeline.sendAll(agents.stream().map(each -> registerLeased(each, 30, "java")).toList());
      pipeline.sendAll(
          Stream.generate(() -> autoTask(UUID.randomUUID(), Map.of(), "java"))
              .limit(AGENTS)
              .toList());
      pipeline.events("assignments", each -> each.type().equals("task.assigned.v1"), AGENTS);
    }

    // Ten minutes without a worker, in which the agents go on to say that they are there.
    try (KafkaProducer<byte[], byte[]> producer = Pipeline.producer(site)) {
      List<Future<?>> sent = new ArrayList<>();
      for (int minute = 0; minute < 10; minute++) {
        agents.forEach(each -> sent.add(producer.send(Pipeline.record(site, heartbeat(each)))));
      }
      for (Future<?> each : sent) {
        each.get();
      }
    }
    Pipeline.moveClock(site, Duration.ofMinutes(10));

    try (Pipeline pipeline = Pipeline.at(site, 2)) {
      pipeline.settled();
      // Not even if the agents then take most of their lease to speak again.
      MovedClock clock = new MovedClock(pipeline, Duration.ofMinutes(10));
      for (int i = 0; i < 5; i++) {
        clock.letPass(STEP);
      }
      assertNoneLost(pipeline);
      pipeline.ask(createTask(last));
      assertThat(pipeline.settled())
          .extracting(Event::type)
          .filteredOn("task.assigned.v1"::equals)
          .hasSize(AGENTS);
    }
  }

  @Test
  void doesNotCareForTheClockOfAWorker() {
    Site site = Site.fresh();
    try (Pipeline pipeline = Pipeline.at(site, 1);
        LocalWorker ahead =
            LocalWorker.start(
                site,
                application ->
                    application.addInitializers(
                        context ->
                            ((GenericApplicationContext) context)
                                .registerBean(
                                    "wrongClock",
                                    InstantSource.class,
                                    () ->
                                        Clock.offset(
                                            Clock.system(ZoneOffset.UTC), Duration.ofHours(1)),
                                    definition -> definition.setPrimary(true))))) {
      assertThat(ahead.bean(InstantSource.class).instant())
          .isAfter(InstantSource.system().instant().plusSeconds(3000));
      List<ObjectNode> registrations = new ArrayList<>();
      List<UUID> agents = Stream.generate(UUID::randomUUID).limit(40).toList();
      agents.forEach(each -> registrations.add(registerLeased(each, 30, "java")));
      pipeline.sendAll(registrations);
      pipeline.sendAll(
          Stream.generate(() -> autoTask(UUID.randomUUID(), Map.of(), "java")).limit(40).toList());
      pipeline.events("assignments", each -> each.type().equals("task.assigned.v1"), 40);

      MovedClock clock = new MovedClock(pipeline, Duration.ZERO);
      clock.letPass(STEP);
      clock.letPass(STEP);

      assertNoneLost(pipeline);
    }
  }

  private static void assertNoneLost(Pipeline pipeline) {
    assertThat(pipeline.settled())
        .extracting(Event::type)
        .doesNotContain("agent.status-changed.v1", "task.released.v1", "task.failed.v1");
  }
}
