package io.agentorchestrator.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.AgentOrchestratorApplication;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.env.MockEnvironment;

class TracingSwitchTest {

  private static final String COLLECTOR = "http://127.0.0.1:4318/v1/traces";

  private static final @Nullable String[] AUTO_CONFIGURATIONS = {
    "org.springframework.boot.micrometer.tracing.autoconfigure.NoopTracerAutoConfiguration",
    null,
    "org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.OpenTelemetryTracingAutoConfiguration",
    "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
    "org.springframework.boot.opentelemetry.autoconfigure.OpenTelemetrySdkAutoConfiguration"
  };

  private final MockEnvironment environment = new MockEnvironment();

  @Test
  void isOffUnlessThereIsACollector() {
    assertThat(kept()).containsExactly(false, true, false, true, false);
    environment.setProperty(TracingSwitch.ENDPOINT, "");
    assertThat(kept()).containsExactly(false, true, false, true, false);
  }

  @Test
  void isOnWithACollector() {
    environment.setProperty(TracingSwitch.ENDPOINT, COLLECTOR);

    assertThat(kept()).containsOnly(true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "management.opentelemetry.enabled",
        "management.tracing.export.enabled",
        "management.tracing.export.otlp.enabled"
      })
  void isOffWhereItIsSwitchedOff(String setting) {
    environment.setProperty(TracingSwitch.ENDPOINT, COLLECTOR);
    environment.setProperty(setting, "false");

    assertThat(kept()).containsExactly(false, true, false, true, false);
  }

  @Test
  void isOnWhereThatOfOtlpOverridesThatOfAll() {
    environment.setProperty(TracingSwitch.ENDPOINT, COLLECTOR);
    environment.setProperty("management.tracing.export.enabled", "false");
    environment.setProperty("management.tracing.export.otlp.enabled", "true");

    assertThat(kept()).containsOnly(true);
  }

  @Test
  void isOnByTheVariableOfOpenTelemetrysThatPeopleKnow() throws Exception {
    assertThat(told(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")))
        .contains("tracing=true endpoint=" + COLLECTOR);
    assertThat(
            told(
                Map.of(
                    "OTEL_EXPORTER_OTLP_ENDPOINT",
                    "http://127.0.0.1:4318",
                    "OTEL_TRACES_EXPORTER",
                    "none")))
        .contains("tracing=false");
  }

  /** What a process of this environment says. */
  private static String told(Map<String, String> environment) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "-D" + SwitchTeller.WANTED + "=true",
            AgentOrchestratorApplication.class.getName());
    builder.environment().keySet().removeIf(name -> name.startsWith("OTEL_"));
    builder.environment().putAll(environment);
    Process process = builder.redirectErrorStream(true).start();
    try {
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      return said;
    } finally {
      process.destroyForcibly();
    }
  }

  private boolean[] kept() {
    TracingSwitch tracing = new TracingSwitch();
    tracing.setEnvironment(environment);
    return tracing.kept(AUTO_CONFIGURATIONS);
  }
}
