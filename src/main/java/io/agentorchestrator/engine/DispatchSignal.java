package io.agentorchestrator.engine;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/**
 * Tells this worker's dispatch that something may be matched. Signals that nobody has heard yet are
 * one.
 */
@Component
class DispatchSignal {

  private final Semaphore raised = new Semaphore(0);

  void raise() {
    raised.release();
  }

  /**
   * Waits for a signal, and takes all there are.
   *
   * @param longest how long at most
   * @throws InterruptedException if the thread is to end
   */
  void await(Duration longest) throws InterruptedException {
    if (raised.tryAcquire(longest.toNanos(), TimeUnit.NANOSECONDS)) {
      raised.drainPermits();
    }
  }
}
