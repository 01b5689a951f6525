package io.agentorchestrator;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.ToDoubleFunction;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Sees to it that metrics can be read whatever a library counts. */
@Configuration(proxyBeanMethods = false)
class MetricsConfiguration {

  @Bean
  PrometheusMeterRegistry prometheusMeterRegistry(
      PrometheusConfig config, PrometheusRegistry registry, Clock clock) {
    return new TolerantRegistry(config, registry, clock);
  }

  /**
   * Takes a count below 0 for 0. Prometheus knows none, and one would cost all metrics until the
   * next start. Kafka's clients sum up times by the wall clock ({@code rebalance-latency-total}):
   * put that back by an hour, and they are below 0.
   */
  static final class TolerantRegistry extends PrometheusMeterRegistry {

    TolerantRegistry(PrometheusConfig config, PrometheusRegistry registry, Clock clock) {
      super(config, registry, clock);
    }

    @Override
    protected <T> FunctionCounter newFunctionCounter(
        Meter.Id id, T object, ToDoubleFunction<T> count) {
      return super.newFunctionCounter(
          id, object, counted -> Math.max(0, count.applyAsDouble(counted)));
    }
  }
}
