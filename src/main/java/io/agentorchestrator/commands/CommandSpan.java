package io.agentorchestrator.commands;

import io.agentorchestrator.sqlstate.SqlStates;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The span of a record, from when it was decoded to when its transaction is committed. Whatever
 * fails in telling of a command is told once, and never fails the command.
 */
final class CommandSpan {

  private static final Logger LOG = LoggerFactory.getLogger(CommandSpan.class);
  private static final AtomicBoolean TOLD = new AtomicBoolean();

  /** Of all records where nobody collects spans. */
  static final CommandSpan NONE = new CommandSpan(null, null);

  private static final String OUTCOME = "orchestrator.command.outcome";
  private static final String REJECTION = "orchestrator.command.rejection";
  private static final String ERROR_TYPE = "error.type";

  private final @Nullable Tracer tracer;
  private final @Nullable Span span;
  private final AtomicBoolean ended = new AtomicBoolean();

  private CommandSpan(@Nullable Tracer tracer, @Nullable Span span) {
    this.tracer = tracer;
    this.span = span;
  }

  /** Takes a span that has begun. */
  static CommandSpan of(Tracer tracer, Span span) {
    return new CommandSpan(tracer, span);
  }

  /** Does something for the record; what is logged meanwhile names the trace. */
  <T> T call(Supplier<T> work) {
    if (tracer == null || span == null) {
      return work.get();
    }
    Tracer.SpanInScope scope = enter(tracer, span);
    try {
      return work.get();
    } finally {
      if (scope != null) {
        safely(scope::close);
      }
    }
  }

  private static Tracer.@Nullable SpanInScope enter(Tracer tracer, Span span) {
    try {
      return tracer.withSpan(span);
    } catch (RuntimeException | LinkageError e) {
      tell(e);
      return null;
    }
  }

  private static void safely(Runnable telling) {
    try {
      telling.run();
    } catch (RuntimeException | LinkageError e) {
      tell(e);
    }
  }

  /** Says that spans fail, once: they may all. */
  static void tell(Throwable failure) {
    if (TOLD.compareAndSet(false, true)) {
      LOG.atWarn().setCause(failure).log("A span of a command fails; commands go on without");
    }
  }

  /** Likewise. */
  void run(Runnable work) {
    call(
        () -> {
          work.run();
          return true;
        });
  }

  /** Ends it once the outcome is committed. A refusal is an answer, and no error of ours. */
  void end(CommandOutcome outcome) {
    if (span == null || !ended.compareAndSet(false, true)) {
      return;
    }
    safely(() -> tell(span, outcome));
  }

  private static void tell(Span span, CommandOutcome outcome) {
    span.tag(OUTCOME, outcome.kind().tag());
    if (outcome.rejectionType() != null) {
      span.tag(REJECTION, outcome.rejectionType().name());
    }
    if (outcome.deadLetterReason() != null) {
      error(span, outcome.deadLetterReason().name());
    }
    span.end();
  }

  /** Ends it where the record has to wait, unless it was committed before that; it comes again. */
  void fail(Throwable failure) {
    if (span == null || !ended.compareAndSet(false, true)) {
      return;
    }
    safely(() -> tell(span, failure));
  }

  private static void tell(Span span, Throwable failure) {
    String state = SqlStates.of(failure);
    span.tag(OUTCOME, "waiting");
    error(span, state == null ? failure.getClass().getSimpleName() : "SQLSTATE " + state);
    span.end();
  }

  private static void error(Span span, String type) {
    span.tag(ERROR_TYPE, type);
    span.error(new NotApplied(type));
  }

  /** Says what kind of failure it was; messages and stacks could carry what the record held. */
  private static final class NotApplied extends Exception {
    NotApplied(String type) {
      super(type, null, false, false);
    }
  }
}
