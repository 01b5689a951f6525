package io.agentorchestrator.engine;

import java.util.List;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/** Whether dispatch, timers and the monitoring of services of this worker do their work. */
@Component
class EngineHealthIndicator implements HealthIndicator {

  private final List<BackgroundLoop> loops;

  EngineHealthIndicator(List<BackgroundLoop> loops) {
    this.loops = loops;
  }

  @Override
  public Health health() {
    Health.Builder health =
        loops.stream().anyMatch(BackgroundLoop::isFailing) ? Health.down() : Health.up();
    for (BackgroundLoop loop : loops) {
      health.withDetail(loop.name(), state(loop));
    }
    return health.build();
  }

  private static String state(BackgroundLoop loop) {
    if (loop.isFailing()) {
      return "failing";
    }
    return loop.isWaiting() ? "waiting" : loop.isRunning() ? "running" : "off";
  }
}
