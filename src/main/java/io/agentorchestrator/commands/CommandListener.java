package io.agentorchestrator.commands;

import io.agentorchestrator.log.LogGateClosedException;
import io.agentorchestrator.shutdown.OutOfMemory;
import io.agentorchestrator.sqlstate.Outages;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.listener.BatchMessageListener;
import org.springframework.stereotype.Component;

/**
 * Takes polls in. Whatever it throws means: the records wait, nothing of them may be acknowledged.
 * Logs when waiting begins and when it ends, and is silent about the tries in between.
 */
@Component
class CommandListener implements BatchMessageListener<byte[], byte[]> {

  private static final Logger LOG = LoggerFactory.getLogger(CommandListener.class);

  /** A try ends by itself after so long, at the latest by the pool's or the socket's time-out. */
  private static final Duration LONGEST_TRY = Duration.ofSeconds(90);

  private static final String AWAY = "PostgreSQL or the dead-letter topic is away.";

  private final CommandDecoder decoder;
  private final CommandSpans spans;
  private final CommandProcessor processor;
  private final Duration stale;

  /** How each consumer failed last, by its thread; gone once it succeeds. */
  private final Map<Thread, Failed> failing = new ConcurrentHashMap<>();

  /**
   * A failed try.
   *
   * @param when in nanoseconds of no clock
   * @param why what may be told to anybody
   */
  private record Failed(long when, String why) {}

  CommandListener(
      CommandDecoder decoder,
      CommandSpans spans,
      CommandProcessor processor,
      CommandProperties properties) {
    this.decoder = decoder;
    this.spans = spans;
    this.processor = processor;
    // A consumer that still waits tries at least this often; another has lost its partitions.
    this.stale = properties.maxBackoff().multipliedBy(2).plus(LONGEST_TRY);
  }

  /** Returns how many consumers hold records back. */
  int waitingConsumers() {
    long now = System.nanoTime();
    failing.values().removeIf(failed -> now - failed.when() > stale.toNanos());
    return failing.size();
  }

  /** Returns why one of them does. */
  Optional<String> whyWaiting() {
    return failing.values().stream().map(Failed::why).findAny();
  }

  @Override
  public void onMessage(List<ConsumerRecord<byte[], byte[]>> records) {
    Thread consumer = Thread.currentThread();
    List<ReceivedRecord> received = new ArrayList<>(records.size());
    try {
      for (ConsumerRecord<byte[], byte[]> each : records) {
        received.add(spans.begin(each, decoder.decode(each)));
      }
      processor.process(received);
    } catch (RuntimeException | Error e) {
      OutOfMemory.endProcess(e);
      received.forEach(each -> each.span().fail(e));
      // An error, too: the container would end the consumer for good.
      tell(failing.put(consumer, new Failed(System.nanoTime(), why(e))), records.size(), e);
      throw new CommandsWaitException(e);
    }
    if (failing.remove(consumer) != null) {
      LOG.atInfo().addKeyValue("records", records.size()).log("Commands are applied again");
    }
  }

  private static void tell(@Nullable Failed before, int records, Throwable failure) {
    if (failure instanceof LogGateClosedException) {
      if (before == null) {
        LOG.atInfo()
            .addKeyValue("records", records)
            .log(
                "Commands cannot be applied; they wait on Kafka until they can: {}",
                failure.getMessage());
      }
    } else if (before == null || !before.why().equals(AWAY)) {
      Outages.explain(LOG.atError().addKeyValue("records", records), failure)
          .log("Commands cannot be applied; they wait on Kafka until they can");
    }
  }

  private static String why(Throwable failure) {
    return failure instanceof LogGateClosedException
        ? Objects.requireNonNullElse(failure.getMessage(), AWAY)
        : AWAY;
  }

  /** Tells the container to try again later, whatever it thinks of the cause. */
  static final class CommandsWaitException extends RuntimeException {
    CommandsWaitException(Throwable cause) {
      super("commands wait", cause);
    }
  }
}
