package io.agentorchestrator.faults;

import io.agentorchestrator.local.WorkerProcess;
import io.agentorchestrator.pipeline.Pipeline;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** What a worker counts, as Prometheus reads it. */
final class Metrics {

  private Metrics() {}

  /** The metrics without tags, and the sums of those with. */
  static Map<String, Double> of(URI management) {
    Map<String, Double> metrics = new HashMap<>();
    lines(management).forEach(line -> metrics.merge(name(line), value(line), Double::sum));
    return metrics;
  }

  /** The sum of those of this name that have these tags, such as {@code pool="commands"}. */
  static double sum(WorkerProcess worker, String name, String... tags) {
    return lines(worker.management())
        .filter(line -> name(line).equals(name) && Stream.of(tags).allMatch(line::contains))
        .mapToDouble(Metrics::value)
        .sum();
  }

  private static Stream<String> lines(URI management) {
    return Pipeline.http(management.resolve("/actuator/prometheus"))
        .body()
        .lines()
        .filter(line -> !line.startsWith("#") && line.contains(" "));
  }

  private static String name(String line) {
    return line.split("[{ ]", 2)[0];
  }

  private static double value(String line) {
    return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
  }
}
