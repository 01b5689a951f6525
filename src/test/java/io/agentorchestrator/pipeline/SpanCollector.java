package io.agentorchestrator.pipeline;

import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Collects spans on loopback, as a collector of OpenTelemetry's does: OTLP over HTTP. */
final class SpanCollector implements AutoCloseable {

  private static final String PATH = "/v1/traces";

  private final HttpServer server;
  private final Queue<Collected> spans = new ConcurrentLinkedQueue<>();
  private final Queue<String> otherPaths = new ConcurrentLinkedQueue<>();

  /**
   * A span as it came.
   *
   * @param service whose it is
   * @param traceId in hexadecimal digits, as all ids
   * @param parentId empty where it has none
   * @param attributes texts and numbers as text
   */
  record Collected(
      String service,
      String name,
      Span.SpanKind kind,
      String traceId,
      String id,
      String parentId,
      Map<String, String> attributes,
      Status status) {

    private static Collected of(String service, Span span) {
      return new Collected(
          service,
          span.getName(),
          span.getKind(),
          HexFormat.of().formatHex(span.getTraceId().toByteArray()),
          HexFormat.of().formatHex(span.getSpanId().toByteArray()),
          HexFormat.of().formatHex(span.getParentSpanId().toByteArray()),
          byName(span.getAttributesList()),
          span.getStatus());
    }

    /** As a W3C trace context has it, where it is sampled. */
    String traceparent() {
      return "00-%s-%s-01".formatted(traceId, id);
    }

    boolean failed() {
      return status.getCode() == Status.StatusCode.STATUS_CODE_ERROR;
    }
  }

  /** Listens on any port. */
  SpanCollector() {
    this(0);
  }

  SpanCollector(int port) {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::take);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** What a worker is to be told. */
  String endpoint() {
    return "http://127.0.0.1:%d%s".formatted(port(), PATH);
  }

  private void take(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (exchange.getRequestURI().getPath().equals(PATH)) {
        ExportTraceServiceRequest.parseFrom(exchange.getRequestBody().readAllBytes())
            .getResourceSpansList()
            .forEach(
                resource -> {
                  String service =
                      byName(resource.getResource().getAttributesList())
                          .getOrDefault("service.name", "");
                  resource
                      .getScopeSpansList()
                      .forEach(
                          scope ->
                              scope
                                  .getSpansList()
                                  .forEach(span -> spans.add(Collected.of(service, span))));
                });
      } else {
        otherPaths.add(exchange.getRequestURI().getPath());
      }
      exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
      exchange.sendResponseHeaders(200, -1);
    }
  }

  private static Map<String, String> byName(List<KeyValue> attributes) {
    return attributes.stream()
        .collect(Collectors.toMap(KeyValue::getKey, each -> text(each.getValue())));
  }

  private static String text(AnyValue value) {
    return value.hasIntValue() ? String.valueOf(value.getIntValue()) : value.getStringValue();
  }

  /** Waits for so many that are wanted, at least. */
  List<Collected> awaitSpans(String what, int count, Predicate<Collected> wanted) {
    return await(what)
        .atMost(Duration.ofSeconds(20))
        .until(() -> spans.stream().filter(wanted).toList(), found -> found.size() >= count);
  }

  /** All there are by now. */
  List<Collected> all() {
    return List.copyOf(spans);
  }

  /** Where something else than spans was sent to. */
  List<String> otherPaths() {
    return List.copyOf(otherPaths);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
