package io.agentorchestrator.commands;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
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

  private final CommandDecoder decoder;
  private final CommandProcessor processor;
  private final InstantSource clock;
  private final Duration stale;

  /** When each consumer failed last, by its thread; gone once it succeeds. */
  private final Map<Thread, Instant> failing = new ConcurrentHashMap<>();

  CommandListener(
      CommandDecoder decoder,
      CommandProcessor processor,
      InstantSource clock,
      CommandProperties properties) {
    this.decoder = decoder;
    this.processor = processor;
    this.clock = clock;
    // A consumer that still waits tries at least this often; another has lost its partitions.
    this.stale = properties.maxBackoff().multipliedBy(2).plus(LONGEST_TRY);
  }

  /** Returns how many consumers hold records back because PostgreSQL or Kafka is away. */
  int waitingConsumers() {
    Instant since = clock.instant().minus(stale);
    failing.values().removeIf(failed -> failed.isBefore(since));
    return failing.size();
  }

  @Override
  public void onMessage(List<ConsumerRecord<byte[], byte[]>> records) {
    Thread consumer = Thread.currentThread();
    try {
      processor.process(
          records.stream().map(each -> new ReceivedRecord(each, decoder.decode(each))).toList());
    } catch (RuntimeException e) {
      if (failing.put(consumer, clock.instant()) == null) {
        LOG.atError()
            .addKeyValue("records", records.size())
            .setCause(e)
            .log("Commands cannot be applied; they wait on Kafka until they can");
      }
      throw new CommandsWaitException(e);
    }
    if (failing.remove(consumer) != null) {
      LOG.atInfo().addKeyValue("records", records.size()).log("Commands are applied again");
    }
  }

  /** Tells the container to try again later, whatever it thinks of the cause. */
  static final class CommandsWaitException extends RuntimeException {
    CommandsWaitException(Throwable cause) {
      super("commands wait", cause);
    }
  }
}
