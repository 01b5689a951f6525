package io.agentorchestrator.commands;

import io.agentorchestrator.sqlstate.Outages;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.kafka.listener.MessageListenerContainer;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * Tries the same batch again and again, with its partitions paused and the group kept alive by
 * polling. Nothing is ever recovered here, which would drop the batch.
 *
 * <p>Should that polling itself fail (the permission for the group is gone, say), the container
 * would go on behind the batch. So the partitions are first put back to where the batch began.
 */
final class WaitingErrorHandler extends DefaultErrorHandler {

  private static final Logger LOG = LoggerFactory.getLogger(WaitingErrorHandler.class);

  WaitingErrorHandler(Duration maxBackoff) {
    super(
        (unused, failure) -> {
          throw new IllegalStateException("commands are never given up here", failure);
        },
        backOff(maxBackoff));
    setClassifications(Map.of(), true);
  }

  /**
   * Tells of what failed outside of a batch, such as the commit of offsets. Nothing is lost by it:
   * what was read is applied, and how far is told to Kafka with the next.
   */
  @Override
  public void handleOtherException(
      Exception thrownException,
      Consumer<?, ?> consumer,
      MessageListenerContainer container,
      boolean batchListener) {
    Outages.explain(LOG.atWarn(), thrownException)
        .log("A consumer of commands failed, and goes on");
  }

  private static ExponentialBackOff backOff(Duration longest) {
    ExponentialBackOff backOff = new ExponentialBackOff(100, 2);
    backOff.setMaxInterval(longest.toMillis());
    backOff.setJitter(50);
    return backOff;
  }

  @Override
  public void handleBatch(
      Exception thrownException,
      ConsumerRecords<?, ?> data,
      Consumer<?, ?> consumer,
      MessageListenerContainer container,
      Runnable invokeListener) {
    try {
      super.handleBatch(thrownException, data, consumer, container, invokeListener);
    } catch (RuntimeException e) {
      for (TopicPartition partition : data.partitions()) {
        if (consumer.assignment().contains(partition)) {
          consumer.seek(partition, data.records(partition).getFirst().offset());
        }
      }
      throw e;
    }
  }
}
