package io.agentorchestrator.commands;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
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

  private final CommandDecoder decoder;
  private final CommandProcessor processor;
  private final ThreadLocal<Boolean> waiting = ThreadLocal.withInitial(() -> false);
  private final AtomicInteger waitingConsumers = new AtomicInteger();

  CommandListener(CommandDecoder decoder, CommandProcessor processor) {
    this.decoder = decoder;
    this.processor = processor;
  }

  /** Returns how many consumers hold records back because PostgreSQL or Kafka is away. */
  int waitingConsumers() {
    return waitingConsumers.get();
  }

  @Override
  public void onMessage(List<ConsumerRecord<byte[], byte[]>> records) {
    try {
      processor.process(
          records.stream().map(each -> new ReceivedRecord(each, decoder.decode(each))).toList());
    } catch (RuntimeException e) {
      if (!waiting.get()) {
        waiting.set(true);
        waitingConsumers.incrementAndGet();
        LOG.atError()
            .addKeyValue("records", records.size())
            .addKeyValue("failure", e)
            .setCause(e)
            .log("Commands cannot be applied; they wait on Kafka until they can");
      }
      throw new CommandsWaitException(e);
    }
    if (waiting.get()) {
      waiting.set(false);
      waitingConsumers.decrementAndGet();
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
