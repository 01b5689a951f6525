package io.agentorchestrator.tracing;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when the collector is away and when it is back, once each: OpenTelemetry's exporter would
 * log each batch, with a stack, for as long as it lasts, so its own logger is off. Spans that could
 * not be sent are dropped; nothing else waits for the collector.
 */
final class ToldExporter implements SpanExporter {

  private static final Logger LOG = LoggerFactory.getLogger(ToldExporter.class);

  private final SpanExporter exporter;
  private final AtomicBoolean failing = new AtomicBoolean();

  ToldExporter(SpanExporter exporter) {
    this.exporter = exporter;
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    CompletableResultCode result = exporter.export(spans);
    result.whenComplete(() -> tell(result));
    return result;
  }

  private void tell(CompletableResultCode result) {
    boolean failed = !result.isSuccess();
    if (failing.compareAndSet(!failed, failed)) {
      if (failed) {
        LOG.atWarn()
            .addKeyValue("because", reason(result.getFailureThrowable()))
            .log("Spans cannot be sent to their collector; they are dropped until they can");
      } else {
        LOG.atInfo().log("Spans are sent to their collector again");
      }
    }
  }

  private static String reason(@Nullable Throwable failure) {
    return failure == null ? "it refused them" : failure.toString();
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }

  @Override
  public String toString() {
    return exporter.toString();
  }
}
