package io.agentorchestrator.commands;

import io.agentorchestrator.database.DatabaseProperties;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.stereotype.Component;

/**
 * Sees to it that what hangs in PostgreSQL ends before Kafka takes the partitions away: a poll that
 * may take longer than {@code max.poll.interval.ms} would be begun again by another worker, take as
 * long there, and go round for ever. The limits among themselves are {@link
 * DatabaseProperties.Timeouts}' own to order.
 */
@Component
class PollTime {

  private static final Logger LOG = LoggerFactory.getLogger(PollTime.class);

  private static final String POOL_TIMEOUT = "orchestrator.database.pool-timeout (DB_POOL_TIMEOUT)";
  private static final String TRANSACTION = "orchestrator.database.timeouts.transaction";
  private static final String LEAK = "orchestrator.database.leak-detection-threshold";
  private static final String INTERVAL =
      "max.poll.interval.ms of the consumers (spring.kafka.consumer.properties)";

  PollTime(DatabaseProperties database, ConsumerFactory<?, ?> consumers) {
    check(database, interval(consumers.getConfigurationProperties()));
  }

  /** Kafka's own default where nothing is set. */
  static Duration interval(Map<String, Object> consumer) {
    Object set = consumer.get(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG);
    return set == null
        ? Duration.ofMinutes(5)
        : Duration.ofMillis(Long.parseLong(String.valueOf(set).strip()));
  }

  /**
   * Compares what a poll may wait for with the time it has.
   *
   * @throws IllegalArgumentException if it may wait for longer, naming both settings
   */
  static void check(DatabaseProperties database, Duration interval) {
    int transaction = database.timeouts().transaction();
    require(POOL_TIMEOUT, database.poolTimeout(), interval);
    require(TRANSACTION, transaction, interval);
    int leak = database.leakDetectionThreshold();
    if (leak <= transaction) {
      LOG.warn(
          "{} is {} s, not more than {}, {} s: transactions that are merely slow count as leaks",
          LEAK,
          leak,
          TRANSACTION,
          transaction);
    }
    if (!isWithin(leak, interval)) {
      LOG.warn(
          "{} is {} s, not less than {}, {} ms: a connection that a poll keeps is told of too late",
          LEAK,
          leak,
          INTERVAL,
          interval.toMillis());
    }
  }

  private static void require(String setting, int seconds, Duration interval) {
    if (!isWithin(seconds, interval)) {
      throw new IllegalArgumentException(
          "Expected %s to be less than %s, %d ms, but it is %d s."
              .formatted(setting, INTERVAL, interval.toMillis(), seconds));
    }
  }

  private static boolean isWithin(int seconds, Duration interval) {
    return Duration.ofSeconds(seconds).compareTo(interval) < 0;
  }
}
