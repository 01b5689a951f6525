package io.agentorchestrator.engine;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/**
 * Runs the timers of this worker, one after the other. Every worker does: what one has locked,
 * another passes over, and none is needed.
 */
@Component
class Timers extends BackgroundLoop {

  private final List<EngineTimer> timers;
  private final Duration interval;
  private final Semaphore woken = new Semaphore(0);

  Timers(List<EngineTimer> timers, TimerProperties properties, MeterRegistry registry) {
    super("timers", properties.enabled(), registry);
    this.timers = timers;
    this.interval = properties.interval();
  }

  @Override
  protected void workAndWait() throws InterruptedException {
    for (EngineTimer timer : timers) {
      while (isRunning() && timer.run()) {
        // There may be more.
      }
    }
    if (isRunning()) {
      woken.tryAcquire(interval.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  @Override
  protected void wake() {
    woken.release();
  }
}
