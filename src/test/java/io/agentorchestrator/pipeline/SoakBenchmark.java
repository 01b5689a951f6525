package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * 200 threads read and send commands for minutes ({@code -Dorchestrator.soak.minutes}, 5 by
 * default). At the end no connection is missing and the pools are back at their size; how much
 * stays in the heap, and by how much that grows, is printed. The test's own share is in it: the
 * worker runs in this JVM.
 */
class SoakBenchmark {

  private static final int THREADS = 200;
  private static final int SENDERS = 10;
  private static final Duration BETWEEN_SAMPLES = Duration.ofSeconds(15);

  /** Until the JVM has compiled and the pools have grown, the heap says nothing. */
  private static final int WARM_UP_SAMPLES = 4;

  private record Sample(double minutes, double megabytes) {}

  private final AtomicLong reads = new AtomicLong();
  private final AtomicLong commands = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();

  @Test
  void losesNoConnectionAndKeepsNoMemory() throws Exception {
    Duration length = Duration.ofMinutes(Long.getLong("orchestrator.soak.minutes", 5));
    try (Pipeline pipeline = Pipeline.start(1);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<UUID> agents = Stream.generate(UUID::randomUUID).limit(20).toList();
      agents.forEach(agent -> pipeline.send(Commands.registerAgent(agent, 50)));
      long start = System.nanoTime();
      long end = start + length.toNanos();
      List<Future<?>> all = new ArrayList<>();
      for (int n = 0; n < THREADS; n++) {
        boolean sends = n < SENDERS;
        UUID agent = agents.get(n % agents.size());
        all.add(
            threads.submit(
                () -> {
                  while (System.nanoTime() < end) {
                    if (sends) {
                      send(pipeline, agent);
                    } else {
                      read(pipeline, agent);
                    }
                  }
                }));
      }
      List<Sample> samples = samples(start, end);
      for (Future<?> each : all) {
        each.get();
      }
      report(samples);

      assertThat(samples).hasSizeGreaterThan(WARM_UP_SAMPLES + 2);
      assertThat(reads.get()).isPositive();
      assertThat(commands.get()).isPositive();
      await().atMost(Duration.ofMinutes(3)).until(() -> isAtRest(pipeline));
      assertThat(health(pipeline).at("/leaks/total").intValue()).as("leaks").isZero();
      assertThat(slope(warm(samples))).as("MiB a minute that stay in the heap").isLessThan(10);
    }
  }

  private void send(Pipeline pipeline, UUID agent) {
    pipeline.sendAll(IntStream.range(0, 20).mapToObj(n -> Commands.heartbeat(agent)).toList());
    pipeline.send(Commands.createTask(UUID.randomUUID()));
    commands.addAndGet(21);
  }

  private void read(Pipeline pipeline, UUID agent) {
    URI rest = pipeline.worker().rest();
    for (String path :
        List.of("/api/v2/agents/" + agent, "/api/v2/tasks?limit=20", "/api/v2/log?limit=20")) {
      int status = Pipeline.http(rest.resolve(path)).statusCode();
      if (status == 200) {
        reads.incrementAndGet();
      } else {
        refused.incrementAndGet();
      }
    }
  }

  private static List<Sample> samples(long start, long end) throws InterruptedException {
    List<Sample> samples = new ArrayList<>();
    while (System.nanoTime() < end) {
      Thread.sleep(BETWEEN_SAMPLES);
      System.gc();
      double used =
          ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / (1024.0 * 1024);
      samples.add(new Sample((System.nanoTime() - start) / 60e9, used));
    }
    return samples;
  }

  private static List<Sample> warm(List<Sample> samples) {
    return samples.subList(Math.min(WARM_UP_SAMPLES, samples.size()), samples.size());
  }

  /** The slope of the straight line that fits best, by least squares. */
  private static double slope(List<Sample> samples) {
    double x = samples.stream().mapToDouble(Sample::minutes).average().orElseThrow();
    double y = samples.stream().mapToDouble(Sample::megabytes).average().orElseThrow();
    double above = 0;
    double below = 0;
    for (Sample each : samples) {
      above += (each.minutes() - x) * (each.megabytes() - y);
      below += (each.minutes() - x) * (each.minutes() - x);
    }
    return above / below;
  }

  private void report(List<Sample> samples) {
    List<Sample> warm = warm(samples);
    System.out.printf(
        "soak: %,d reads (%,d refused), %,d commands%n",
        reads.get(), refused.get(), commands.get());
    System.out.printf(
        "heap after GC, once warm: %.0f to %.0f MiB, slope %+.2f MiB a minute%n",
        warm.stream().mapToDouble(Sample::megabytes).min().orElseThrow(),
        warm.stream().mapToDouble(Sample::megabytes).max().orElseThrow(),
        slope(warm));
  }

  private static boolean isAtRest(Pipeline pipeline) {
    JsonNode pools = health(pipeline).get("pools");
    return pools.at("/commands/checked_out").intValue() <= 1
        && pools.at("/commands/overflow").intValue() == 0
        && pools.at("/commands/checked_in").intValue() >= 9
        && pools.at("/reads/checked_out").intValue() == 0
        && pools.at("/reads/overflow").intValue() == 0;
  }

  private static JsonNode health(Pipeline pipeline) {
    return pipeline.get("/api/v2/health/database");
  }
}
