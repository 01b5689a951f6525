package io.agentorchestrator.services;

import io.agentorchestrator.services.ServiceReads.Shown;
import io.agentorchestrator.sqlstate.Outages;
import io.agentorchestrator.sqlstate.SqlStates;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * What is held of each service, whichever worker probes it. Every worker shows all of them, looked
 * up four times a minute: to be read as the maximum of the workers, not as their sum. What is not
 * known is NaN.
 */
@Component
class ServiceMetrics {

  private static final Logger LOG = LoggerFactory.getLogger(ServiceMetrics.class);

  private final ServiceReads reads;
  private final MeterRegistry registry;
  private final boolean watching;
  private volatile boolean failing;

  /** Null before the first look, and after one that failed. */
  private volatile @Nullable List<Shown> shown;

  ServiceMetrics(ServiceReads reads, MonitoredServices services, MeterRegistry registry) {
    this.reads = reads;
    this.registry = registry;
    this.watching = reads.isEnabled() && !services.services().isEmpty();
    if (!watching) {
      return;
    }
    Gauge.builder("orchestrator.services.stale", this, own -> own.count(Shown::stale))
        .description("Monitored services that nobody has probed for three intervals")
        .register(registry);
    for (MonitoredService service : services.services()) {
      for (ServiceStatus status : ServiceStatus.values()) {
        Gauge.builder(
                "orchestrator.service.status",
                this,
                own -> own.count(each -> service.id().equals(each.id()) && each.status() == status))
            .description("1 for what is held of a monitored service, 0 for what is not")
            .tag("service", service.name())
            .tag("status", status.value())
            .register(registry);
      }
    }
  }

  private double count(Predicate<Shown> wanted) {
    List<Shown> all = shown;
    return all == null ? Double.NaN : all.stream().filter(wanted).count();
  }

  /** Looks all up. */
  @Scheduled(initialDelay = 1, fixedDelay = 15, timeUnit = TimeUnit.SECONDS)
  void look() {
    if (!watching) {
      return;
    }
    try {
      shown = reads.all();
      failing = false;
    } catch (DataAccessException | TransactionException e) {
      shown = null;
      SqlStates.count(e, registry);
      if (!failing) {
        failing = true;
        Outages.explain(LOG.atWarn(), e).log("The monitored services cannot be looked up");
      }
    }
  }
}
