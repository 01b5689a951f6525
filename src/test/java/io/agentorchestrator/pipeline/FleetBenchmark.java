package io.agentorchestrator.pipeline;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/**
 * Two workers, 200 agents, 20,000 tasks: how many are completed a second, and how long a freed slot
 * waits for the event of its next task. Broker, database, workers and agents share the machine.
 * Asserts nothing of speed.
 */
class FleetBenchmark {

  private static final int TASKS = 20_000;
  private static final int AGENTS = 200;
  private static final int SLOTS = 2;

  @Test
  void measuresAFleetAtWork() {
    for (int round = 1; round <= 2; round++) { // The first one warms the JVM up.
      run(round);
    }
  }

  private static void run(int round) {
    try (Pipeline pipeline = Pipeline.start(2);
        TopicReader log = pipeline.reader("orchestrator.log");
        SimulatedFleet fleet = new SimulatedFleet(pipeline.site(), SimulatedFleet::complete)) {
      pipeline.sendAll(
          Stream.generate(UUID::randomUUID)
              .limit(AGENTS)
              .map(each -> Commands.registerAgent(each, SLOTS, "java"))
              .toList());
      pipeline.sendAll(
          Stream.generate(UUID::randomUUID)
              .limit(TASKS)
              .map(each -> Commands.autoTask(each, Map.of(), "java"))
              .toList());
      long start = System.nanoTime();
      Watch watch = new Watch();
      log.until("completions", Duration.ofMinutes(5), read -> watch.isDone(read));
      double seconds = (System.nanoTime() - start) / 1e9;
      List<Long> waits = watch.waits.stream().sorted().toList();
      System.out.printf(
          "round %d of %s: %,d tasks completed once in %.1f s, %,.0f/s; freed slot to event of the"
              + " next assignment: p50 %d ms, p99 %d ms, longest %d ms (%,d slots)%n",
          round,
          fleet,
          watch.completed.size(),
          seconds,
          TASKS / seconds,
          waits.get(waits.size() / 2),
          waits.get(waits.size() * 99 / 100),
          waits.getLast(),
          waits.size());
    }
  }

  /** Notes when slots are freed, and when the event of the next assignment arrives. */
  private static final class Watch {
    private final Map<String, Deque<Instant>> freed = new HashMap<>();
    private final List<Long> waits = new ArrayList<>();
    private final Set<String> completed = new HashSet<>();
    private int read;

    boolean isDone(List<ConsumerRecord<byte[], byte[]>> records) {
      Instant arrived = Instant.now();
      for (; read < records.size(); read++) {
        Event event = Event.of(records.get(read));
        String agent = event.header("ce_agentid");
        if (agent != null) {
          note(event, agent, arrived);
        }
      }
      return completed.size() == TASKS;
    }

    private void note(Event event, String agent, Instant arrived) {
      Deque<Instant> slots = freed.computeIfAbsent(agent, key -> new ArrayDeque<>());
      if (event.type().equals("task.completed.v1")) {
        if (!completed.add(String.valueOf(event.key()))) {
          throw new IllegalStateException("completed twice: " + event.key());
        }
        slots.add(Instant.parse(event.json().get("time").stringValue()));
      } else if (event.type().equals("task.assigned.v1") && !slots.isEmpty()) {
        waits.add(Duration.between(slots.remove(), arrived).toMillis());
      }
    }
  }
}
