package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.local.LocalWorker;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A fleet that reads its mailbox does all there is to do, whichever worker dispatches. */
class FleetIT {

  private static final int TASKS = 2000;
  private static final int AGENTS = 40;
  private static final int SLOTS = 3;

  @Test
  void completesEveryTaskOnceWithTwoWorkers() {
    List<UUID> agents = Stream.generate(UUID::randomUUID).limit(AGENTS).toList();
    List<UUID> tasks = Stream.generate(UUID::randomUUID).limit(TASKS).toList();
    try (Pipeline pipeline = Pipeline.start(2);
        SimulatedFleet fleet = new SimulatedFleet(pipeline.site(), SimulatedFleet::complete)) {
      pipeline.sendAll(
          agents.stream().map(each -> Commands.registerAgent(each, SLOTS, "java")).toList());
      pipeline.sendAll(
          tasks.stream().map(each -> Commands.autoTask(each, Map.of(), "java")).toList());
      List<Event> completed =
          pipeline.events("completions", event -> event.type().equals("task.completed.v1"), TASKS);

      assertThat(completed)
          .extracting(Event::key)
          .containsExactlyInAnyOrderElementsOf(tasks.stream().map(UUID::toString).toList());
      assertHeldWithinSlots(pipeline.settled());
      assertThat(
              Settling.count(
                  pipeline.site(),
                  "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
          .isZero();
      for (LocalWorker worker : pipeline.workers()) {
        assertThat(Pipeline.counted(worker, "orchestrator_database_errors_total")).isZero();
      }
      assertThat(fleet).isNotNull();
    }
  }

  /** Positions are drawn under the agent's lock, so they tell the order for each agent. */
  private static void assertHeldWithinSlots(List<Event> events) {
    Map<String, Integer> held = new HashMap<>();
    events.stream()
        .sorted(Comparator.comparingLong(Event::position))
        .forEach(
            event -> {
              String agent = event.header("ce_agentid");
              if (agent != null && event.type().equals("task.assigned.v1")) {
                assertThat(held.merge(agent, 1, Integer::sum)).isLessThanOrEqualTo(SLOTS);
              } else if (agent != null && event.type().equals("task.completed.v1")) {
                held.merge(agent, -1, Integer::sum);
              }
            });
    assertThat(held.values()).containsOnly(0);
  }
}
