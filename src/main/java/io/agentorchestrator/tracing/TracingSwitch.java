package io.agentorchestrator.tracing;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;

/**
 * Leaves tracing out wholly unless it is set where spans are to be sent: Spring Boot would make a
 * tracer all the same, with a thread and spans that go nowhere. So there is no tracer bean where
 * nobody collects, and whoever makes spans asks for it once, at the start.
 *
 * <p>On is {@code management.opentelemetry.tracing.export.otlp.endpoint}, which Spring Boot also
 * takes from {@code OTEL_EXPORTER_OTLP_TRACES_ENDPOINT} and {@code OTEL_EXPORTER_OTLP_ENDPOINT},
 * unless {@code OTEL_SDK_DISABLED} or {@code OTEL_TRACES_EXPORTER=none}, or what these stand for,
 * says otherwise. Named in {@code META-INF/spring.factories}.
 */
final class TracingSwitch implements AutoConfigurationImportFilter, EnvironmentAware, Condition {

  static final String ENDPOINT = "management.opentelemetry.tracing.export.otlp.endpoint";

  private static final List<String> TRACING =
      List.of(
          "org.springframework.boot.micrometer.tracing.",
          "org.springframework.boot.opentelemetry.");

  private boolean on;

  static boolean isOn(Environment environment) {
    return StringUtils.hasText(environment.getProperty(ENDPOINT))
        && isTrue(environment, "management.opentelemetry.enabled", true)
        && isTrue(
            environment,
            "management.tracing.export.otlp.enabled",
            isTrue(environment, "management.tracing.export.enabled", true));
  }

  private static boolean isTrue(Environment environment, String setting, boolean otherwise) {
    return environment.getProperty(setting, Boolean.class, otherwise);
  }

  @Override
  public void setEnvironment(Environment environment) {
    on = isOn(environment);
  }

  @Override
  public boolean[] match(
      @Nullable String[] autoConfigurations, AutoConfigurationMetadata autoConfigurationMetadata) {
    return kept(autoConfigurations);
  }

  boolean[] kept(@Nullable String[] autoConfigurations) {
    boolean[] kept = new boolean[autoConfigurations.length];
    for (int i = 0; i < kept.length; i++) {
      String each = autoConfigurations[i]; // Null where another filter has left it out.
      kept[i] = on || each == null || TRACING.stream().noneMatch(each::startsWith);
    }
    return kept;
  }

  @Override
  public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
    return isOn(context.getEnvironment());
  }
}
