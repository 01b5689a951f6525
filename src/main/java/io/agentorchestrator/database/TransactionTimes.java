package io.agentorchestrator.database;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * Times transactions, from the request for a connection until it is given back, by how they end and
 * whether they only read. Each is on one thread, and one that another waits for ends first.
 */
final class TransactionTimes {

  private static final class Running {
    private final long start = System.nanoTime();
    private final boolean readOnly;
    private boolean committed;

    private Running(boolean readOnly) {
      this.readOnly = readOnly;
    }
  }

  private final ThreadLocal<Deque<Running>> running = ThreadLocal.withInitial(ArrayDeque::new);
  private final Timer[] timers;

  TransactionTimes(MeterRegistry registry) {
    timers =
        new Timer[] {
          timer(registry, "rolled_back", false), timer(registry, "committed", false),
          timer(registry, "rolled_back", true), timer(registry, "committed", true)
        };
  }

  private static Timer timer(MeterRegistry registry, String outcome, boolean readOnly) {
    return Timer.builder("orchestrator.transactions")
        .description("Transactions, from the request for a connection until it is given back")
        .tag("outcome", outcome)
        .tag("read_only", Boolean.toString(readOnly))
        .register(registry);
  }

  /** One is about to begin on this thread. */
  void begin(boolean readOnly) {
    running.get().push(new Running(readOnly));
  }

  /** The one that began last was committed. */
  void committed() {
    Running last = running.get().peek();
    if (last != null) {
      last.committed = true;
    }
  }

  /** The one that began last is over. */
  void end() {
    Running last = running.get().poll();
    if (last != null) {
      timers[(last.readOnly ? 2 : 0) + (last.committed ? 1 : 0)].record(
          System.nanoTime() - last.start, TimeUnit.NANOSECONDS);
    }
    if (running.get().isEmpty()) {
      running.remove();
    }
  }
}
