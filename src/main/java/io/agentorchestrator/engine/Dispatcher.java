package io.agentorchestrator.engine;

import io.agentorchestrator.engine.DispatchRound.Outcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/**
 * Gives waiting tasks to agents: woken by the commits of this worker that can make a match, and by
 * a slow sweep for those of a worker that died before it could. Every worker dispatches; what one
 * has locked, another passes over.
 */
@Component
class Dispatcher extends BackgroundLoop {

  /** Others are about to take what was left, or to free it. */
  private static final Duration SHORTLY = Duration.ofMillis(10);

  /**
   * After so many rounds in which nothing was got hold of, it waits for what others have locked.
   */
  private static final int PATIENT_AFTER = 10;

  private final DispatchRound round;
  private final DispatchSignal signal;
  private final Duration sweep;
  private final Counter assignments;
  private final Timer rounds;
  private final Timer latency;

  /** How many rounds in a row got hold of nothing. */
  private int fruitless;

  Dispatcher(
      DispatchRound round,
      DispatchSignal signal,
      DispatchProperties properties,
      MeterRegistry registry) {
    super("dispatch", properties.enabled(), registry);
    this.assignments =
        Counter.builder("orchestrator.dispatch.assignments")
            .description("Tasks that dispatch gave to agents")
            .register(registry);
    this.rounds =
        Timer.builder("orchestrator.dispatch.rounds")
            .description("Transactions of dispatch")
            .register(registry);
    this.latency =
        Timer.builder("orchestrator.dispatch.latency")
            .description("From a task's last event until dispatch gave it to an agent")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofMillis(1))
            .maximumExpectedValue(Duration.ofHours(1))
            .register(registry);
    this.round = round;
    this.signal = signal;
    this.sweep = properties.sweep();
  }

  @Override
  protected void workAndWait() throws InterruptedException {
    Outcome outcome = runOnce();
    fruitless = outcome.assigned() == 0 && outcome.left() ? fruitless + 1 : 0;
    if (outcome.assigned() == 0 && isRunning()) {
      signal.await(outcome.left() ? SHORTLY : sweep);
    }
  }

  private Outcome runOnce() {
    long start = System.nanoTime();
    Outcome outcome = round.run(fruitless >= PATIENT_AFTER);
    rounds.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    assignments.increment(outcome.assigned());
    outcome.waits().forEach(latency::record);
    return outcome;
  }

  @Override
  protected void wake() {
    signal.raise();
  }
}
