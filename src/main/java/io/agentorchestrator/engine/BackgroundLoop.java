package io.agentorchestrator.engine;

import io.agentorchestrator.log.LogGateClosedException;
import io.agentorchestrator.shutdown.OutOfMemory;
import io.agentorchestrator.shutdown.ShutdownBudget;
import io.agentorchestrator.sqlstate.Outages;
import io.agentorchestrator.sqlstate.SqlStates;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * Does a piece of work again and again on a thread of its own, from the application's start to its
 * stop. Failures are told when they begin and when they end; in between it tries on.
 */
public abstract class BackgroundLoop implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(BackgroundLoop.class);
  private static final Duration BEFORE_THE_GATE = Duration.ofMillis(100);

  /** The pauses after failures, in milliseconds: they double, and vary by half. */
  private static final long FIRST_PAUSE = 500;

  private static final long LONGEST_PAUSE = 5_000;

  private final String name;
  private final boolean enabled;
  private final MeterRegistry registry;
  private volatile @Nullable Thread thread;
  private volatile boolean failing;
  private volatile boolean waiting;
  private BackOffExecution pauses = backOff();

  /**
   * A loop that does not run yet.
   *
   * @param name what it and its thread are called
   * @param enabled false if it is never to run
   * @param registry counts the errors of the database that it meets
   */
  protected BackgroundLoop(String name, boolean enabled, MeterRegistry registry) {
    this.name = name;
    this.enabled = enabled;
    this.registry = registry;
  }

  /** Returns what it is called in logs and in the health. */
  String name() {
    return name;
  }

  /** Whether its last work failed, or it ended though nobody stopped it. */
  boolean isFailing() {
    Thread own = thread;
    return failing || (own != null && !own.isAlive());
  }

  /** Whether nothing may be written now, so that it tries until something may. */
  boolean isWaiting() {
    return waiting;
  }

  /**
   * Does the work once, and waits until it is to be done again.
   *
   * @throws InterruptedException if it is to end
   */
  protected abstract void workAndWait() throws InterruptedException;

  @Override
  public synchronized void start() {
    if (enabled && thread == null) {
      Thread own = Thread.ofPlatform().name(name).daemon(true).unstarted(this::run);
      thread = own; // Before it runs, for it runs only as long as this is so.
      own.start();
    }
  }

  private void run() {
    while (thread == Thread.currentThread()) {
      try {
        workAndWait();
        if (failing || waiting) {
          LOG.atInfo().addKeyValue("loop", name).log(failing ? "Works again" : "Waits no longer");
          failing = false;
          waiting = false;
          pauses = backOff();
        }
      } catch (InterruptedException e) {
        return;
      } catch (LogGateClosedException e) {
        if (!waiting && isRunning()) {
          waiting = true;
          LOG.atInfo().addKeyValue("loop", name).log("Waits: {}", e.getMessage());
        }
        if (!pause(BEFORE_THE_GATE)) {
          return;
        }
      } catch (RuntimeException | Error e) {
        OutOfMemory.endProcess(e);
        // Whatever it was: without this loop the fleet would stand still, and nobody would know.
        SqlStates.count(e, registry);
        if (!failing && isRunning()) {
          failing = true;
          Outages.explain(LOG.atError().addKeyValue("loop", name), e)
              .log("Fails, and is tried again");
        }
        if (!pause(Duration.ofMillis(pauses.nextBackOff()))) {
          return;
        }
      }
    }
  }

  private static BackOffExecution backOff() {
    ExponentialBackOff backOff = new ExponentialBackOff(FIRST_PAUSE, 2);
    backOff.setMaxInterval(LONGEST_PAUSE);
    backOff.setJitter(FIRST_PAUSE / 2);
    return backOff.start();
  }

  /** False if it is to end. */
  private static boolean pause(Duration time) {
    try {
      Thread.sleep(time);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  /** The work at hand goes on while others stop, too. */
  @Override
  public void stop(Runnable callback) {
    Thread.ofVirtual()
        .name(name + "-stop")
        .start(
            () -> {
              try {
                stop();
              } finally {
                callback.run();
              }
            });
  }

  @Override
  public void stop() {
    Thread running;
    synchronized (this) {
      running = thread;
      thread = null;
    }
    if (running != null) {
      awaitEnd(running);
    }
  }

  /**
   * A transaction under way ends by itself; it is rolled back if the process ends first. An
   * interrupt would tear its connection: only who waits gets one.
   */
  private void awaitEnd(Thread running) {
    wake();
    try {
      if (!running.join(ShutdownBudget.WORK)) {
        LOG.atWarn().addKeyValue("loop", name).log("Its last work does not end");
        running.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the wait between two pieces of work. */
  protected abstract void wake();

  @Override
  public boolean isRunning() {
    return thread != null;
  }
}
