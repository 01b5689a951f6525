package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.agentorchestrator.pipeline.SpanCollector.Collected;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import io.micrometer.tracing.Tracer;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import tools.jackson.databind.node.ObjectNode;

/** The trace of a command goes through the worker to its events, and the worker's part is told. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TracingIT {

  private static final String PARENT = "b7ad6b7169203331";
  private static final String OUTCOME = "orchestrator.command.outcome";
  private static final String POISON = "poison";

  private SpanCollector collector = new SpanCollector();
  private Pipeline pipeline;

  @BeforeAll
  void start() {
    pipeline =
        Pipeline.start(
            1,
            "--management.opentelemetry.tracing.export.otlp.endpoint=" + collector.endpoint(),
            "--management.opentelemetry.tracing.export.otlp.timeout=500ms",
            "--management.opentelemetry.tracing.export.schedule-delay=50ms",
            "--management.tracing.sampling.probability=1.0");
  }

  @AfterAll
  void stop() {
    pipeline.close();
    collector.close();
  }

  @Test
  void aCommandIsASpanWithinItsTraceAndItsEventNamesThat() {
    String trace = newTrace();
    UUID task = UUID.randomUUID();
    ObjectNode create = within(trace, Commands.createTask(task));

    RecordMetadata place = pipeline.send(create);
    Event created = pipeline.eventsAbout(task, 1).getFirst();

    Collected span = spanOf(create);
    assertThat(created.json().get("traceparent").stringValue()).isEqualTo(span.traceparent());
    assertThat(span.traceId()).isEqualTo(trace);
    assertThat(span.parentId()).isEqualTo(PARENT);
    assertThat(span.id()).isNotEqualTo(PARENT);
    assertThat(span.service()).isEqualTo("agent-orchestrator");
    assertThat(span.kind()).isEqualTo(SpanKind.SPAN_KIND_CONSUMER);
    String topic = pipeline.site().topic("orchestrator.commands.tasks");
    assertThat(span.name()).isEqualTo("process " + topic);
    assertThat(span.attributes())
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry("messaging.system", "kafka"),
                Map.entry("messaging.operation.name", "process"),
                Map.entry("messaging.operation.type", "process"),
                Map.entry("messaging.consumer.group.name", pipeline.site().name()),
                Map.entry("messaging.destination.name", topic),
                Map.entry("messaging.destination.partition.id", "" + place.partition()),
                Map.entry("messaging.kafka.offset", "" + place.offset()),
                Map.entry("messaging.message.id", create.get("id").stringValue()),
                Map.entry("cloudevents.event_id", create.get("id").stringValue()),
                Map.entry("cloudevents.event_source", Commands.SOURCE),
                Map.entry("cloudevents.event_type", "task.create.v1"),
                Map.entry("cloudevents.event_subject", task.toString()),
                Map.entry(OUTCOME, "accepted")));
    assertThat(span.failed()).isFalse();
  }

  @Test
  void aRefusalIsAnOutcomeAndNoError() {
    String trace = newTrace();
    ObjectNode assign = within(trace, Commands.assign(UUID.randomUUID(), UUID.randomUUID()));

    Event rejected = pipeline.ask(assign);

    Collected span = spanOf(assign);
    assertThat(rejected.type()).isEqualTo("command.rejected.v1");
    assertThat(rejected.json().get("traceparent").stringValue()).isEqualTo(span.traceparent());
    assertThat(span.traceId()).isEqualTo(trace);
    assertThat(span.attributes())
        .containsEntry(OUTCOME, "rejected")
        .containsEntry("orchestrator.command.rejection", "NOT_FOUND")
        .doesNotContainKey("error.type");
    assertThat(span.failed()).isFalse();
  }

  @Test
  void aDuplicateIsASpanOfItsOwn() {
    ObjectNode create = Commands.createTask(UUID.randomUUID());
    pipeline.ask(create);

    pipeline.send(create);

    assertThat(collector.awaitSpans("both", 2, span -> isOf(span, create)))
        .extracting(span -> span.attributes().get(OUTCOME))
        .containsExactly("accepted", "duplicate");
  }

  @Test
  void whatIsNoCommandIsAFailedSpan() {
    String trace = newTrace();
    ObjectNode wrong =
        within(trace, Commands.command("task.create.v1", UUID.randomUUID(), Map.of("typo", 1)));

    Event deadLettered = pipeline.ask(wrong);

    Collected span = spanOf(wrong);
    assertThat(deadLettered.type()).isEqualTo("command.dead-lettered.v1");
    assertThat(deadLettered.json().get("traceparent").stringValue()).isEqualTo(span.traceparent());
    assertThat(span.traceId()).isEqualTo(trace);
    assertThat(span.parentId()).isEqualTo(PARENT);
    assertThat(span.attributes())
        .containsEntry(OUTCOME, "dead_lettered")
        .containsEntry("error.type", "SCHEMA_VIOLATION");
    assertThat(span.failed()).isTrue();
    assertThat(span.status().getMessage()).isEqualTo("SCHEMA_VIOLATION");
  }

  @Test
  void aCommandThatIsGivenUpIsAFailedSpanAndTheLogNamesItsTrace() throws Exception {
    String trace = newTrace();
    execute(
        """
        CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.description = '%s' THEN RAISE EXCEPTION USING ERRCODE = '54000'; END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER fail BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION fail();
        """
            .formatted(POISON));
    ObjectNode poison =
        within(trace, Commands.createTask(UUID.randomUUID(), Map.of("description", POISON)));

    try (Lines lines = new Lines("io.agentorchestrator.commands")) {
      Event deadLettered = pipeline.ask(poison);

      Collected span = spanOf(poison);
      assertThat(deadLettered.json().get("traceparent").stringValue())
          .isEqualTo(span.traceparent());
      assertThat(span.attributes())
          .containsEntry(OUTCOME, "dead_lettered")
          .containsEntry("error.type", "PROCESSING_FAILED");
      assertThat(lines.all())
          .filteredOn(line -> line.getFormattedMessage().contains("goes to the dead letters"))
          .singleElement()
          .satisfies(
              line ->
                  assertThat(line.getMDCPropertyMap())
                      .containsEntry("traceId", trace)
                      .containsEntry("spanId", span.id()));
    } finally {
      execute("DROP TRIGGER fail ON tasks");
    }
  }

  @Test
  void aCommandWithoutATraceBeginsOne() {
    ObjectNode create = Commands.createTask(UUID.randomUUID());
    create.put("traceparent", "00-00000000000000000000000000000000-" + PARENT + "-01");

    Event created = pipeline.ask(create);

    Collected span = spanOf(create);
    assertThat(span.parentId()).isEmpty();
    assertThat(created.json().get("traceparent").stringValue()).isEqualTo(span.traceparent());
  }

  @Test
  void aCommandWithoutATraceTakesThatOfItsRecord() {
    String trace = newTrace();
    ObjectNode create = Commands.createTask(UUID.randomUUID());
    ProducerRecord<byte[], byte[]> record = Pipeline.record(pipeline.site(), create);
    record.headers().add("traceparent", traceparent(trace, "01").getBytes(StandardCharsets.UTF_8));

    pipeline.send(record);

    assertThat(spanOf(create))
        .satisfies(
            span -> {
              assertThat(span.traceId()).isEqualTo(trace);
              assertThat(span.parentId()).isEqualTo(PARENT);
            });
  }

  @Test
  void whatItsProducerDoesNotSampleIsNotTold() {
    String trace = newTrace();
    ObjectNode unsampled = Commands.createTask(UUID.randomUUID());
    unsampled.put("traceparent", traceparent(trace, "00"));
    ObjectNode after = Commands.createTask(UUID.randomUUID());

    Event created = pipeline.ask(unsampled);
    pipeline.ask(after);

    spanOf(after);
    assertThat(collector.all()).extracting(Collected::traceId).doesNotContain(trace);
    assertThat(created.json().get("traceparent").stringValue())
        .startsWith("00-" + trace)
        .endsWith("-00");
  }

  @Test
  void aReadIsASpanAndAProbeIsNone() throws Exception {
    String trace = newTrace();

    read(pipeline.worker().management().resolve("/actuator/health"), newTrace());
    read(pipeline.worker().management().resolve("/actuator/prometheus"), newTrace());
    read(pipeline.worker().rest().resolve("/api/v2/agents?limit=1"), trace);

    Collected span =
        collector.awaitSpans("the read", 1, each -> each.traceId().equals(trace)).getFirst();
    assertThat(span.kind()).isEqualTo(SpanKind.SPAN_KIND_SERVER);
    assertThat(span.parentId()).isEqualTo(PARENT);
    assertThat(span.attributes()).containsEntry("uri", "/api/v2/agents");
    assertThat(collector.all())
        .allSatisfy(
            each -> {
              assertThat(each.attributes().getOrDefault("http.url", ""))
                  .doesNotStartWith("/actuator");
              assertThat(each.kind()).isIn(SpanKind.SPAN_KIND_SERVER, SpanKind.SPAN_KIND_CONSUMER);
            });
  }

  @Test
  void nothingElseIsSentThere() {
    spanOf(ask(Commands.createTask(UUID.randomUUID())));

    assertThat(collector.otherPaths()).as("metrics or logs").isEmpty();
    assertThatThrownBy(() -> pipeline.worker().bean(OtlpMeterRegistry.class))
        .isInstanceOf(NoSuchBeanDefinitionException.class);
  }

  @Test
  void withoutACollectorThereIsNothingOfIt() {
    for (Class<?> type : List.of(Tracer.class, OpenTelemetry.class, OtlpMeterRegistry.class)) {
      assertThatThrownBy(() -> Pipeline.shared().worker().bean(type))
          .as(type.getName())
          .isInstanceOf(NoSuchBeanDefinitionException.class);
    }
    String trace = newTrace();
    ObjectNode create = within(trace, Commands.createTask(UUID.randomUUID()));

    Event created = Pipeline.shared().ask(create);

    assertThat(created.json().get("traceparent")).isEqualTo(create.get("traceparent"));
  }

  @Test
  void aCollectorThatIsAwayHurtsNobodyAndIsToldOfOnce() {
    int port = collector.port();
    try (Lines lines = new Lines("io.agentorchestrator.tracing", "io.opentelemetry")) {
      collector.close();
      ask(Commands.createTask(UUID.randomUUID()));
      await().atMost(Duration.ofSeconds(20)).until(() -> !lines.all().isEmpty());
      for (int i = 0; i < 5; i++) {
        ask(Commands.createTask(UUID.randomUUID()));
      }

      collector = new SpanCollector(port);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> {
                ask(Commands.createTask(UUID.randomUUID()));
                return lines.all().size() > 1;
              });

      assertThat(lines.all())
          .extracting(ILoggingEvent::getLevel)
          .containsExactly(Level.WARN, Level.INFO);
    }
    spanOf(ask(Commands.createTask(UUID.randomUUID())));
  }

  /** What workers of this JVM log, from now on. */
  private static final class Lines implements AutoCloseable {

    private final ListAppender<ILoggingEvent> appender =
        new ListAppender<>() {
          @Override
          protected void append(ILoggingEvent event) {
            event.prepareForDeferredProcessing(); // Notes the thread's MDC.
            super.append(event);
          }
        };
    private final List<Logger> loggers;

    Lines(String... names) {
      loggers =
          List.of(names).stream().map(name -> (Logger) LoggerFactory.getLogger(name)).toList();
      appender.setContext(loggers.getFirst().getLoggerContext());
      appender.start();
      loggers.forEach(logger -> logger.addAppender(appender));
    }

    /** Those there are by now. */
    List<ILoggingEvent> all() {
      synchronized (appender) {
        return List.copyOf(appender.list);
      }
    }

    @Override
    public void close() {
      loggers.forEach(logger -> logger.detachAppender(appender));
    }
  }

  private ObjectNode ask(ObjectNode command) {
    pipeline.ask(command);
    return command;
  }

  private Collected spanOf(ObjectNode command) {
    return collector.awaitSpans("span of " + command, 1, span -> isOf(span, command)).getFirst();
  }

  private static boolean isOf(Collected span, ObjectNode command) {
    return command.get("id").stringValue().equals(span.attributes().get("cloudevents.event_id"));
  }

  private static String newTrace() {
    byte[] id = new byte[16];
    ThreadLocalRandom.current().nextBytes(id);
    return HexFormat.of().formatHex(id);
  }

  private static String traceparent(String trace, String flags) {
    return "00-%s-%s-%s".formatted(trace, PARENT, flags);
  }

  private static ObjectNode within(String trace, ObjectNode command) {
    command.put("traceparent", traceparent(trace, "01"));
    return command;
  }

  private static void read(URI uri, String trace) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(uri).header("traceparent", traceparent(trace, "01")).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = pipeline.database();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
