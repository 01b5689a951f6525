package io.agentorchestrator.commands;

import io.agentorchestrator.commands.Decoded.Unreadable;
import io.agentorchestrator.commands.Decoded.Valid;
import io.agentorchestrator.messages.Envelope;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/**
 * Begins a span for each record of a poll, where spans are collected: of kind CONSUMER, with what
 * OpenTelemetry's conventions for messaging (operation {@code process}) and for CloudEvents name.
 * It is the child of the command's own trace context, and what the command causes names it in turn:
 * whoever consumes the events goes on with the trace.
 *
 * <p>Where nobody collects, there is no tracer, no span is made, and events carry the command's own
 * trace context.
 */
@Component
class CommandSpans {

  private static final String OPERATION = "process";
  private static final String TRACEPARENT = "traceparent";

  private final @Nullable Tracer tracer;
  private final String group;

  CommandSpans(ObjectProvider<Tracer> tracer, CommandProperties properties) {
    this.tracer = tracer.getIfAvailable();
    this.group = properties.group();
  }

  /** Takes a record in. */
  ReceivedRecord begin(ConsumerRecord<byte[], byte[]> record, Decoded decoded) {
    Tracer made = tracer;
    if (made != null) {
      try {
        return begin(record, decoded, made);
      } catch (RuntimeException | LinkageError e) {
        CommandSpan.tell(e);
      }
    }
    return new ReceivedRecord(record, decoded, CommandSpan.NONE);
  }

  private ReceivedRecord begin(
      ConsumerRecord<byte[], byte[]> record, Decoded decoded, Tracer made) {
    Span.Builder builder =
        made.spanBuilder()
            .name(OPERATION + " " + record.topic())
            .kind(Span.Kind.CONSUMER)
            .tag("messaging.system", "kafka")
            .tag("messaging.operation.name", OPERATION)
            .tag("messaging.operation.type", OPERATION)
            .tag("messaging.consumer.group.name", group)
            .tag("messaging.destination.name", record.topic())
            .tag("messaging.destination.partition.id", String.valueOf(record.partition()))
            .tag("messaging.kafka.offset", record.offset());
    identify(builder, decoded);
    String parent = parent(record, decoded);
    if (parent == null) {
      builder.setNoParent();
    } else {
      builder.setParent(Traceparent.read(parent, made));
    }
    Span span = builder.start();
    return new ReceivedRecord(
        record, decoded.within(Traceparent.of(span.context())), CommandSpan.of(made, span));
  }

  private static void identify(Span.Builder span, Decoded decoded) {
    switch (decoded) {
      case Valid valid -> {
        Envelope of = valid.envelope();
        identify(span, of.source(), of.id(), of.type().value(), of.subject());
      }
      case Unreadable unreadable -> {
        Identity of = unreadable.identity();
        // Anybody could write any type, and each would be another.
        String type = of.type() == null ? null : of.type().value();
        identify(span, of.source(), of.id(), type, of.subject());
      }
    }
  }

  private static void identify(
      Span.Builder span,
      @Nullable String source,
      @Nullable String id,
      @Nullable String type,
      @Nullable UUID subject) {
    tag(span, "messaging.message.id", id);
    tag(span, "cloudevents.event_id", id);
    tag(span, "cloudevents.event_source", source);
    tag(span, "cloudevents.event_type", type);
    tag(span, "cloudevents.event_subject", subject == null ? null : subject.toString());
  }

  private static void tag(Span.Builder span, String name, @Nullable String value) {
    if (value != null) {
      span.tag(name, value);
    }
  }

  /**
   * The event's own context, as the producer of the command wrote it (CloudEvents extension
   * "Distributed Tracing"); else that of the record, as instrumented clients of Kafka write it.
   */
  private static @Nullable String parent(ConsumerRecord<byte[], byte[]> record, Decoded decoded) {
    String own =
        switch (decoded) {
          case Valid valid -> valid.envelope().traceparent();
          case Unreadable unreadable -> unreadable.identity().traceparent();
        };
    if (own != null) {
      return own;
    }
    Header header = record.headers().lastHeader(TRACEPARENT);
    return header == null || header.value() == null
        ? null
        : Traceparent.valid(new String(header.value(), StandardCharsets.US_ASCII));
  }
}
