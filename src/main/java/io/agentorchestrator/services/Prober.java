package io.agentorchestrator.services;

import java.net.InetAddress;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Runs probes, a bounded number at a time, and ends each in its time: by then there is a result,
 * even if the thread hangs where nothing can wake it, as in looking up a name. Such a thread counts
 * among those at work until it comes back.
 *
 * <p>Platform threads, for that reason: a look-up would hold the carrier of a virtual thread, of
 * which all of the worker's share a few.
 */
@Component
class Prober implements DisposableBean {

  private final Probe.Names names;
  private final String userAgent;
  private final Semaphore slots;
  private final TlsSocketStrategy tls = DefaultClientTlsStrategy.createSystemDefault();
  private final Set<CompletableFuture<Observation>> running = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          Thread.ofPlatform().name("service-probe-", 0).daemon(true).factory());

  @Autowired
  Prober(MonitoringProperties properties) {
    this(properties, InetAddress::getAllByName);
  }

  /**
   * Likewise.
   *
   * @param names looks up hosts
   */
  Prober(MonitoringProperties properties, Probe.Names names) {
    this.names = names;
    this.userAgent = properties.userAgent();
    this.slots = new Semaphore(properties.maxConcurrency());
  }

  /** Returns how many more probes may run now. */
  int free() {
    return slots.availablePermits();
  }

  /**
   * Probes a service.
   *
   * @return done once the service's timeout is over, at the latest; cancelled by {@link #cancel}
   * @throws IllegalStateException if none is {@link #free}
   */
  @SuppressWarnings("UndefinedEquals") // A probe is equal to itself alone.
  CompletableFuture<Observation> probe(MonitoredService service) {
    if (!slots.tryAcquire()) {
      throw new IllegalStateException("Expected a probe to be free, but all are at work.");
    }
    Probe probe = new Probe(service, names, tls, userAgent);
    CompletableFuture<Observation> result =
        CompletableFuture.supplyAsync(() -> run(probe), threads)
            .completeOnTimeout(
                Observation.timedOut(service), service.timeout().toNanos(), TimeUnit.NANOSECONDS);
    running.add(result);
    // Not on the thread that sees to all time-outs of this JVM, and nobody waits for it.
    CompletableFuture<Observation> unused =
        result.whenCompleteAsync(
            (observation, failure) -> {
              running.remove(result);
              probe.cancel();
            },
            threads);
    return result;
  }

  private Observation run(Probe probe) {
    try {
      return probe.run();
    } finally {
      slots.release();
    }
  }

  /** Ends all probes that run, without a result. */
  void cancel() {
    running.forEach(each -> each.cancel(false));
  }

  @Override
  public void destroy() {
    cancel();
    threads.shutdown();
  }
}
