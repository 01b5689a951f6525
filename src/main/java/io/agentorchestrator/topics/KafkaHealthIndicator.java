package io.agentorchestrator.topics;

import java.util.List;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/**
 * Whether Kafka answers and has the worker's topics; in {@code /actuator/health} as "kafka". Not of
 * the readiness: without Kafka, nothing moves, but all can be read.
 */
@Component
class KafkaHealthIndicator implements HealthIndicator {

  private final KafkaWatch watch;

  KafkaHealthIndicator(KafkaWatch watch) {
    this.watch = watch;
  }

  @Override
  public Health health() {
    List<String> problems = watch.problems();
    if (problems == null) {
      return Health.unknown().build();
    }
    return (problems.isEmpty() ? Health.up() : Health.down())
        .withDetail("problems", problems)
        .build();
  }
}
