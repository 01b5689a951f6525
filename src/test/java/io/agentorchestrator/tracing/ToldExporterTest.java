package io.agentorchestrator.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.ConnectException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ToldExporterTest {

  private final Logger logger = (Logger) LoggerFactory.getLogger(ToldExporter.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void listen() {
    logger.setLevel(Level.INFO);
    lines.setContext(logger.getLoggerContext());
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void leave() {
    logger.detachAppender(lines);
  }

  @Test
  void tellsOnceWhenTheCollectorIsAwayAndOnceWhenItIsBack() {
    export(success(), success());
    assertThat(lines.list).isEmpty();

    export(success(), away(), away(), CompletableResultCode.ofFailure(), away());
    assertThat(lines.list)
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.getLevel()).isEqualTo(Level.WARN);
              assertThat(line.getThrowableProxy()).as("stack").isNull();
              assertThat(line.getKeyValuePairs().toString()).contains("ConnectException");
            });
  }

  @Test
  void tellsAnewOfTheNextOutage() {
    export(away(), success(), success(), CompletableResultCode.ofFailure());

    assertThat(lines.list)
        .extracting(ILoggingEvent::getLevel)
        .containsExactly(Level.WARN, Level.INFO, Level.WARN);
  }

  private static CompletableResultCode success() {
    return CompletableResultCode.ofSuccess();
  }

  private static CompletableResultCode away() {
    return CompletableResultCode.ofExceptionalFailure(new ConnectException("refused"));
  }

  private static void export(CompletableResultCode... results) {
    Queue<CompletableResultCode> next = new ArrayDeque<>(List.of(results));
    try (SpanExporter exporter = new ToldExporter(new Answering(next))) {
      for (CompletableResultCode result : results) {
        assertThat(exporter.export(List.of())).isSameAs(result);
      }
    }
  }

  /** Ends each batch as it is told. */
  private record Answering(Queue<CompletableResultCode> results) implements SpanExporter {

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      return results.remove();
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
