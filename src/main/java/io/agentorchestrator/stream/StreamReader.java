package io.agentorchestrator.stream;

import io.agentorchestrator.stream.EventWindow.Follower;
import io.agentorchestrator.stream.EventWindow.Taken;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One reader of the stream, on the thread of its request, from the request to its end.
 *
 * <p>It finds out where the log ends. From there, or from the place that the reader's id tells, it
 * reads on: in the window that all share if that still holds what comes next; else with a consumer
 * of its own until it does. What it has sent and passed over is always one {@link LogPosition}, so
 * that nothing is missing or there twice where one way follows the other.
 */
final class StreamReader {

  private static final Logger LOG = LoggerFactory.getLogger(StreamReader.class);

  /** The headers do not wait for Kafka for longer. */
  private static final Duration BEFORE_THE_HEADERS = Duration.ofSeconds(1);

  /** How long it may take to notice that the stream is to end. */
  private static final Duration SLICE = Duration.ofMillis(200);

  /** Who reads its past for longer lets others in between. */
  private static final Duration TURN = Duration.ofSeconds(30);

  private static final int FETCH_BYTES = 4 * 1024 * 1024;

  private final LogEnds ends;
  private final LogTail tail;
  private final LogConsumers consumers;
  private final Semaphore turns;
  private final StreamMetrics metrics;
  private final EventFilter filter;

  /** Thrown where the stream goes on from now, and not from where the reader was. */
  private static final class Broken extends Exception {

    private final StreamBreak reason;

    private Broken(StreamBreak reason) {
      super(reason.reason(), null, false, false);
      this.reason = reason;
    }
  }

  /** What opens the stream to the client, when it is time to. */
  interface Opening {

    /** Sends the headers. */
    EventStreamWriter open() throws IOException;
  }

  StreamReader(
      LogEnds ends,
      LogTail tail,
      LogConsumers consumers,
      Semaphore turns,
      StreamMetrics metrics,
      EventFilter filter) {
    this.ends = ends;
    this.tail = tail;
    this.consumers = consumers;
    this.turns = turns;
    this.metrics = metrics;
    this.filter = filter;
  }

  /**
   * Serves it.
   *
   * @param id behind which event to begin; null: now
   * @return why the stream ended
   * @throws IOException if the client went away
   */
  StreamBreak serve(@Nullable String id, Opening opening) throws IOException, InterruptedException {
    // First where the log ends, then the headers: what comes onto the log when the client has
    // these, it gets.
    CompletableFuture<LogPosition> first = ends.ask();
    try {
      first.get(BEFORE_THE_HEADERS.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // Kafka is away: the client waits, and knows that it is heard.
    }
    EventStreamWriter out = opening.open();
    out.begin();
    LogPosition now = await(first, out);
    LogPosition from = now;
    if (id != null) {
      Optional<LogPosition> asked = LogPosition.parse(id, now.topic());
      if (asked.isEmpty()) {
        reset(StreamBreak.UNKNOWN_ID, now, out);
      } else if (!now.covers(asked.get())) {
        reset(StreamBreak.OUT_OF_RANGE, now, out);
      } else {
        from = asked.get().widened(now.partitions());
      }
    }
    out.position(from.id());
    while (true) {
      try {
        return read(tail.window(now), from, out);
      } catch (Broken e) {
        now = await(ends.ask(), out);
        from = now;
        reset(e.reason, now, out);
      }
    }
  }

  private void reset(StreamBreak reason, LogPosition now, EventStreamWriter out)
      throws IOException {
    metrics.reset(reason);
    out.tell("reset", reason, now.id());
  }

  /** Waits for where the log ends, however long Kafka is away. */
  private LogPosition await(CompletableFuture<LogPosition> asked, EventStreamWriter out)
      throws IOException, InterruptedException {
    CompletableFuture<LogPosition> answer = asked;
    boolean told = false;
    while (true) {
      try {
        return answer.get(SLICE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        // It may yet come.
      } catch (ExecutionException e) {
        Thread.sleep(SLICE);
        answer = ends.ask();
      }
      if (!told) {
        told = true;
        out.comment("Kafka does not answer; the stream begins when it does");
      }
      out.heartbeatIfDue();
      if (tail.isStopped()) {
        throw new InterruptedException("The worker ends.");
      }
    }
  }

  private StreamBreak read(EventWindow window, LogPosition start, EventStreamWriter out)
      throws IOException, InterruptedException, Broken {
    LogPosition from = start;
    while (true) {
      Optional<Follower> joined = window.join(from, filter);
      if (joined.isPresent()) {
        try (Follower follower = joined.get()) {
          return follow(window, follower, out);
        }
      }
      from = catchUp(window, from, out);
      StreamBreak broken = window.broken();
      if (broken == StreamBreak.STOPPING) {
        out.tell("closing", broken, from.id());
        return broken;
      }
      if (broken != null) {
        throw new Broken(broken);
      }
    }
  }

  /** Sends what comes until that ends. */
  private StreamBreak follow(EventWindow window, Follower follower, EventStreamWriter out)
      throws IOException, InterruptedException, Broken {
    while (true) {
      Taken taken = window.take(follower, out.untilHeartbeat());
      for (EventWindow.Entry entry : taken.entries()) {
        out.event(entry.id(), entry.event());
      }
      out.flush();
      metrics.sent(taken.entries().size());
      out.heartbeatIfDue(taken.id());
      StreamBreak end = taken.end();
      if (end == StreamBreak.TOO_SLOW) {
        out.tell("dropped", end, taken.id());
        return end;
      }
      if (end == StreamBreak.STOPPING) {
        out.tell("closing", end, taken.id());
        return end;
      }
      if (end != null) {
        throw new Broken(end);
      }
    }
  }

  /** Reads the reader's past until the window holds what comes next, or it is others' turn. */
  private LogPosition catchUp(EventWindow window, LogPosition from, EventStreamWriter out)
      throws IOException, InterruptedException, Broken {
    metrics.catchingUp().incrementAndGet();
    try {
      while (!turns.tryAcquire(SLICE.toMillis(), TimeUnit.MILLISECONDS)) {
        out.heartbeatIfDue(from.id());
        if (window.broken() != null) {
          return from;
        }
      }
      try {
        return readPast(window, from, out);
      } finally {
        turns.release();
      }
    } finally {
      metrics.catchingUp().decrementAndGet();
    }
  }

  private LogPosition readPast(EventWindow window, LogPosition from, EventStreamWriter out)
      throws IOException, InterruptedException, Broken {
    LogPosition position = from;
    long turnEnds = System.nanoTime() + TURN.toNanos();
    try (LogConsumers.LogConsumer consumer = consumers.at(from, FETCH_BYTES)) {
      do {
        int sent = 0;
        for (ConsumerRecord<byte[], byte[]> message : consumer.poll(SLICE)) {
          position = position.with(message.partition(), message.offset() + 1);
          StreamedEvent event = StreamedEvent.of(message).orElse(null);
          if (event != null && filter.wants(event)) {
            out.event(position.id(), event);
            sent++;
          }
        }
        position = consumer.position(position);
        out.flush();
        metrics.sent(sent);
        out.heartbeatIfDue(position.id());
      } while (window.broken() == null
          && !window.holdsWhatComesAfter(position)
          && !(turns.hasQueuedThreads() && System.nanoTime() > turnEnds));
    } catch (OffsetOutOfRangeException e) {
      throw new Broken(StreamBreak.OUT_OF_RANGE);
    } catch (InterruptException e) {
      throw new InterruptedException();
    } catch (KafkaException e) {
      LOG.atWarn().setCause(e).log("A reader's past cannot be read; it is tried again");
      Thread.sleep(SLICE);
    }
    return position;
  }
}
