package io.agentorchestrator.commands;

import io.micrometer.tracing.TraceContext;
import io.micrometer.tracing.Tracer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A {@code traceparent} as the W3C has it (Trace Context, section 3.2), of version 00, which alone
 * is handed on. Whatever else is written there is the same as nothing: no reason to refuse a
 * command.
 */
final class Traceparent {

  private static final Pattern VALID =
      Pattern.compile("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

  private static final int TRACE_ID = 3;
  private static final int SPAN_ID = 36;
  private static final int FLAGS = 53;
  private static final int SAMPLED = 1;

  private Traceparent() {}

  /** Returns the text if it is a trace context, else null. */
  static @Nullable String valid(@Nullable String text) {
    return text != null && VALID.matcher(text).matches() ? text : null;
  }

  /** Returns what a valid one says, for spans to be its children. */
  static TraceContext read(String valid, Tracer tracer) {
    return tracer
        .traceContextBuilder()
        .traceId(valid.substring(TRACE_ID, SPAN_ID - 1))
        .spanId(valid.substring(SPAN_ID, FLAGS - 1))
        .sampled((Integer.parseInt(valid.substring(FLAGS), 16) & SAMPLED) != 0)
        .build();
  }

  /** Returns a span's context, for others to be its children. */
  static String of(TraceContext context) {
    return "00-%s-%s-%s"
        .formatted(
            context.traceId(),
            context.spanId(),
            Boolean.TRUE.equals(context.sampled()) ? "01" : "00");
  }
}
