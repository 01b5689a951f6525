package io.agentorchestrator.tracing;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.exporter.FinishedSpan;
import io.micrometer.tracing.exporter.SpanExportingPredicate;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.SpanExporters;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/** What differs from Spring Boot's tracing where that is switched on. */
@Configuration(proxyBeanMethods = false)
@Conditional(TracingSwitch.class)
class TracingConfiguration {

  private static final String PATH = "http.url";

  @Bean
  SpanExporters toldSpanExporters(ObjectProvider<SpanExporter> exporters) {
    return SpanExporters.of(exporters.orderedStream().map(ToldExporter::new).toList());
  }

  /**
   * Commands and reads are told of, each by one span. Probes and metrics are asked for all the time
   * and would be most of all spans; what is observed besides (schedules, say) has its metrics.
   */
  @Bean
  SpanExportingPredicate commandsAndReadsAlone(Environment environment) {
    String management = environment.getProperty("management.endpoints.web.base-path", "/actuator");
    return span ->
        span.getKind() == Span.Kind.CONSUMER
            || (span.getKind() == Span.Kind.SERVER && !isBelow(management, span));
  }

  private static boolean isBelow(String path, FinishedSpan span) {
    return span.getTags().getOrDefault(PATH, "").startsWith(path);
  }

  @Bean
  LastSpans lastSpans(SdkTracerProvider tracers) {
    return new LastSpans(tracers);
  }
}
