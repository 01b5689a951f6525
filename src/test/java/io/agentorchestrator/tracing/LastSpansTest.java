package io.agentorchestrator.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

class LastSpansTest {

  private final Queue<SpanData> sent = new ConcurrentLinkedQueue<>();

  @Test
  void areSentWhenTheWorkerStops() {
    SdkTracerProvider tracers = tracers(CompletableResultCode.ofSuccess());
    LastSpans last = started(tracers);
    tracers.get("tests").spanBuilder("the last").startSpan().end();

    last.stop();

    assertThat(last.isRunning()).isFalse();
    assertThat(sent).extracting(SpanData::getName).containsExactly("the last");
  }

  /** Neither the stop of the worker nor the end of the beans waits for it. */
  @Test
  void doNotKeepTheWorkerFromStoppingWhereTheCollectorHangs() {
    SdkTracerProvider tracers = tracers(new CompletableResultCode());
    LastSpans last = started(tracers);
    tracers.get("tests").spanBuilder("the last").startSpan().end();

    assertTimeoutPreemptively(
        Duration.ofSeconds(3),
        () -> {
          last.stop();
          tracers.close();
        });
  }

  private static LastSpans started(SdkTracerProvider tracers) {
    LastSpans last = new LastSpans(tracers);
    last.start();
    assertThat(last.isRunning()).isTrue();
    return last;
  }

  private SdkTracerProvider tracers(CompletableResultCode answer) {
    return SdkTracerProvider.builder()
        .addSpanProcessor(BatchSpanProcessor.builder(new Answering(sent, answer)).build())
        .build();
  }

  /** Takes spans, and says so or does not. */
  private record Answering(Queue<SpanData> sent, CompletableResultCode answer)
      implements SpanExporter {

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      sent.addAll(spans);
      return answer;
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }
}
