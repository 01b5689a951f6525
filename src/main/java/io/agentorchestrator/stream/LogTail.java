package io.agentorchestrator.stream;

import io.agentorchestrator.shutdown.OutOfMemory;
import io.agentorchestrator.topics.WallClockSteps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Reads the end of the log, one consumer for all readers of this worker, into an {@link
 * EventWindow}. It reads only while there are readers, and for a minute after, in which they may
 * come back.
 *
 * <p>While Kafka is away it waits; it goes on behind the last event it has read. If that cannot be
 * done, because the topic is another one or has lost what comes next, the window ends, and the next
 * reader begins another.
 */
@Component
class LogTail {

  private static final Logger LOG = LoggerFactory.getLogger(LogTail.class);

  private static final Duration LINGER = Duration.ofMinutes(1);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** For its consumer to be closed, before the web server looks for threads that were left. */
  private static final Duration END = Duration.ofSeconds(1);

  /** How often it looks whether the topic is still the same, and how many partitions it has. */
  private static final Duration LOOK = Duration.ofSeconds(5);

  private static final int FETCH_BYTES = 8 * 1024 * 1024;

  /** So that readers begin while the rest is still being added. */
  private static final int CHUNK = 100;

  private final LogEnds ends;
  private final LogConsumers consumers;
  private final WallClockSteps clock;
  private final StreamProperties properties;

  private int readers;
  private long lastLeft;
  private @Nullable Tailing current;
  private boolean stopped;

  LogTail(LogEnds ends, LogConsumers consumers, WallClockSteps clock, StreamProperties properties) {
    this.ends = ends;
    this.consumers = consumers;
    this.clock = clock;
    this.properties = properties;
  }

  /** There is one reader more, until {@link #leave()}. */
  synchronized void enter() {
    readers++;
  }

  synchronized void leave() {
    readers--;
    lastLeft = System.nanoTime();
  }

  /**
   * Returns the window at the end of the log.
   *
   * @param now the end of the log, asked for just now
   */
  synchronized EventWindow window(LogPosition now) {
    Tailing tailing = current;
    if (tailing != null && !tailing.window.position().topic().equals(now.topic())) {
      tailing.window.end(StreamBreak.REPLACED);
      tailing = null;
    }
    if (tailing == null || tailing.window.broken() != null) {
      tailing = new Tailing(now);
      if (stopped) {
        tailing.window.end(StreamBreak.STOPPING);
      } else {
        current = tailing;
        tailing.thread.start();
      }
    }
    return tailing.window;
  }

  /** Ends it, and all readers' streams. */
  void stop() {
    Tailing ending;
    synchronized (this) {
      stopped = true;
      ending = current;
    }
    if (ending != null) {
      ending.window.end(StreamBreak.STOPPING);
      try {
        ending.thread.join(END);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  synchronized boolean isStopped() {
    return stopped;
  }

  private synchronized boolean isUnused(Tailing tailing) {
    if (readers > 0 || System.nanoTime() - lastLeft < LINGER.toNanos()) {
      return false;
    }
    if (current == tailing) {
      current = null;
    }
    return true;
  }

  /** One run of it, with a window of its own. */
  private final class Tailing {

    private final EventWindow window;
    private final Thread thread;
    private LogPosition position;
    private boolean failing;

    private Tailing(LogPosition start) {
      this.position = start;
      this.window =
          new EventWindow(
              start, properties.windowEvents(), properties.windowBytes(), properties.patience());
      this.thread = Thread.ofPlatform().name("log-tail").daemon(true).unstarted(this::run);
    }

    private void run() {
      try {
        while (window.broken() == null && !isUnused(this)) {
          tail();
        }
      } catch (InterruptedException | InterruptException e) {
        // It was ended.
      }
    }

    private void tail() throws InterruptedException {
      try (LogConsumers.LogConsumer consumer = consumers.at(position, FETCH_BYTES)) {
        WallClockSteps.Follower steps = clock.follow();
        Look look = new Look();
        while (window.broken() == null && !isUnused(this)) {
          read(consumer);
          look.result(consumer);
          if (steps.moved().isPresent()) {
            return;
          }
        }
      } catch (OffsetOutOfRangeException e) {
        LOG.atWarn()
            .addKeyValue("offsets", e.offsetOutOfRangePartitions())
            .log("The log's topic does not have what comes next; its readers are told");
        window.end(StreamBreak.OUT_OF_RANGE);
      } catch (InterruptException e) {
        throw e;
      } catch (RuntimeException | Error e) {
        OutOfMemory.endProcess(e);
        if (!failing) {
          failing = true;
          LOG.atError().setCause(e).log("The log cannot be streamed; it is tried again");
        }
        Thread.sleep(PAUSE);
      }
    }

    private void read(LogConsumers.LogConsumer consumer) throws InterruptedException {
      LogPosition reached = position;
      List<EventWindow.Entry> chunk = new ArrayList<>();
      for (ConsumerRecord<byte[], byte[]> message : consumer.poll(POLL)) {
        reached = reached.with(message.partition(), message.offset() + 1);
        StreamedEvent event = StreamedEvent.of(message).orElse(null);
        if (event != null) {
          chunk.add(new EventWindow.Entry(reached.id(), event));
        }
        if (chunk.size() == CHUNK) {
          append(chunk, reached);
        }
      }
      append(chunk, consumer.position(reached));
      if (failing) {
        failing = false;
        LOG.atInfo().log("The log is streamed again");
      }
    }

    private void append(List<EventWindow.Entry> chunk, LogPosition reached)
        throws InterruptedException {
      window.append(chunk, reached);
      position = reached;
      chunk.clear();
    }

    /** Looks at the topic, now and then, without anybody waiting for the answer. */
    private final class Look {

      private @Nullable CompletableFuture<LogPosition> asked;
      private long last = System.nanoTime();

      private void result(LogConsumers.LogConsumer consumer) {
        CompletableFuture<LogPosition> answer = asked;
        if (answer == null) {
          if (System.nanoTime() - last > LOOK.toNanos()) {
            asked = ends.ask();
          }
        } else if (answer.isDone()) {
          asked = null;
          last = System.nanoTime();
          if (!answer.isCompletedExceptionally()) {
            take(answer.join(), consumer);
          }
        }
      }

      private void take(LogPosition now, LogConsumers.LogConsumer consumer) {
        if (!now.topic().equals(position.topic())) {
          LOG.atWarn().log("The log's topic was made anew; its readers are told");
          window.end(StreamBreak.REPLACED);
        } else {
          consumer.widen(position, now.partitions());
        }
      }
    }
  }
}
