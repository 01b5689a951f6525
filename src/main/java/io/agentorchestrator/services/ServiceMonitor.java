package io.agentorchestrator.services;

import io.agentorchestrator.engine.BackgroundLoop;
import io.agentorchestrator.log.LogGateClosedException;
import io.agentorchestrator.services.ServiceChecks.Claim;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Sees to it that the configured services are probed in their turn. Every worker does: what one has
 * claimed, another passes over. It claims no more than it can probe at once, so no claim waits.
 */
@Component
class ServiceMonitor extends BackgroundLoop {

  private static final Logger LOG = LoggerFactory.getLogger(ServiceMonitor.class);

  /** For transactions under way when it is to end; what else is not over by then is lost. */
  private static final Duration LAST_RECORDS = Duration.ofSeconds(2);

  private final List<MonitoredService> services;
  private final Duration sweep;
  private final ServiceChecks checks;
  private final Prober prober;
  private final ProbeMetrics metrics;
  private final Semaphore woken = new Semaphore(0);
  private final Set<CompletableFuture<?>> underWay = ConcurrentHashMap.newKeySet();
  private final Executor recorders = task -> Thread.ofVirtual().name("service-check").start(task);

  /** What a probe or its recording failed with, for the loop to tell as its own failure. */
  private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

  private boolean started;
  private boolean registered;

  ServiceMonitor(
      MonitoredServices services,
      MonitoringProperties properties,
      ServiceChecks checks,
      Prober prober,
      ProbeMetrics metrics,
      MeterRegistry registry) {
    super("services", properties.enabled() && !services.services().isEmpty(), registry);
    this.services = services.services();
    this.sweep = properties.sweep();
    this.checks = checks;
    this.prober = prober;
    this.metrics = metrics;
  }

  @Override
  protected void workAndWait() throws InterruptedException {
    woken.drainPermits();
    RuntimeException lost = failure.getAndSet(null);
    if (lost != null) {
      registered = false; // The database may be another one now, brought back from a backup.
      throw lost;
    }
    boolean more;
    try {
      more = claim();
    } catch (RuntimeException e) {
      registered = false;
      throw e;
    }
    if (!more && isRunning()) {
      woken.tryAcquire(sweep.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  /** Whether there may be more to be claimed now. */
  private boolean claim() {
    if (!registered) {
      checks.register(services, !started);
      started = true;
      registered = true;
    }
    int free = prober.free();
    List<Claim> claims = free == 0 ? List.of() : checks.claim(services, free);
    claims.forEach(this::check);
    return free > 0 && claims.size() == free;
  }

  @SuppressWarnings("UndefinedEquals") // A check is equal to itself alone.
  private void check(Claim claim) {
    CompletableFuture<Void> check =
        prober
            .probe(claim.service())
            .thenAcceptAsync(observation -> record(claim, observation), recorders);
    underWay.add(check);
    CompletableFuture<Void> unused =
        check.whenComplete(
            (done, failed) -> {
              underWay.remove(check);
              if (failed != null && isRunning()) {
                failure.compareAndSet(null, new CompletionException(failed));
              }
              woken.release();
            });
  }

  private void record(Claim claim, Observation seen) {
    if (!isRunning()) {
      return; // The probe was ended by us, and says nothing of the service.
    }
    metrics.probed(claim.service(), seen);
    try {
      checks
          .record(claim, seen)
          .ifPresent(
              status ->
                  LOG.atInfo()
                      .addKeyValue("service", claim.service().name())
                      .addKeyValue("status", status.value())
                      .addKeyValue("outcome", seen.outcome().value())
                      .log("A monitored service changed"));
    } catch (LogGateClosedException e) {
      // The loop waits for that, too, and tells of it; the claim runs out.
    }
  }

  @Override
  protected void wake() {
    woken.release();
  }

  @Override
  public void stop() {
    super.stop();
    prober.cancel();
    try {
      CompletableFuture.allOf(underWay.toArray(new CompletableFuture<?>[0]))
          .exceptionally(cancelled -> null)
          .get(LAST_RECORDS.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      LOG.atWarn().log("The last records of services do not end");
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
