package io.agentorchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.MetricsConfiguration.TolerantRegistry;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MetricsConfigurationTest {

  @Test
  void canBeReadWhenALibraryCountsBelowZero() {
    TolerantRegistry registry =
        new TolerantRegistry(PrometheusConfig.DEFAULT, new PrometheusRegistry(), Clock.SYSTEM);
    AtomicLong latency = new AtomicLong(-7_189_840);
    FunctionCounter.builder("rebalance.latency", latency, AtomicLong::get).register(registry);

    assertThat(registry.scrape()).contains("rebalance_latency_total 0.0");

    latency.set(12);
    assertThat(registry.scrape()).contains("rebalance_latency_total 12.0");
  }
}
