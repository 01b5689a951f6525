package io.agentorchestrator.tracing;

import io.agentorchestrator.shutdown.ShutdownBudget;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.util.concurrent.TimeUnit;
import org.springframework.context.SmartLifecycle;

/**
 * Sends the last spans when the worker stops, after all that makes some, and in a bounded time:
 * OpenTelemetry would wait for a collector that hangs for longer than the whole stop may take. What
 * is closed here does not wait again when its bean is destroyed.
 */
final class LastSpans implements SmartLifecycle {

  /** Behind the web servers, in front of Kafka's producers. */
  private static final int PHASE = DEFAULT_PHASE - 10_000;

  private final SdkTracerProvider tracers;
  private volatile boolean running;

  LastSpans(SdkTracerProvider tracers) {
    this.tracers = tracers;
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    tracers.shutdown().join(ShutdownBudget.SPANS.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }
}
