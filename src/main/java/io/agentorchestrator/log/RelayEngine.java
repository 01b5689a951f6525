package io.agentorchestrator.log;

import io.debezium.connector.postgresql.PostgresConnector;
import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import java.io.IOException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Debezium, reading the log from the slot. It runs once: for another start, make another. */
final class RelayEngine implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RelayEngine.class);

  private static final String PUBLICATION = "agent_orchestrator";
  private static final Duration CLOSING = Duration.ofSeconds(60);
  private static final Duration MOMENT = Duration.ofMillis(20);

  private final DebeziumEngine<RecordChangeEvent<SourceRecord>> engine;
  private final Thread thread;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  RelayEngine(Properties settings, LogPublisher publisher) {
    this.engine =
        DebeziumEngine.create(ChangeEventFormat.of(Connect.class))
            .using(settings)
            .using((success, message, error) -> failure.set(error))
            .notifying(publisher)
            .build();
    this.thread =
        Thread.ofPlatform()
            .name("relay-engine")
            .unstarted(
                () -> {
                  try {
                    engine.run();
                  } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                  } finally {
                    ended.countDown();
                  }
                });
  }

  /**
   * Debezium's settings, each of which matters.
   *
   * @param database how to reach the database
   * @param schema where the log is
   * @param startLsn where to start, the end of a transaction
   */
  static Properties settings(
      RelayDatabase database, RelayProperties relay, String schema, long startLsn) {
    Properties settings = database.debeziumSettings();
    settings.setProperty("name", relay.slot());
    settings.setProperty("topic.prefix", relay.slot());
    settings.setProperty("connector.class", PostgresConnector.class.getName());
    settings.setProperty("plugin.name", "pgoutput");
    settings.setProperty("publication.name", PUBLICATION);
    settings.setProperty("publication.autocreate.mode", "disabled");
    settings.setProperty("slot.name", relay.slot());
    settings.setProperty("slot.drop.on.stop", "false");
    settings.setProperty("snapshot.mode", "no_data");
    settings.setProperty(
        "table.include.list", schema.replaceAll("(\\W)", "\\\\$1") + "\\.orchestration_log");
    settings.setProperty("offset.storage", CheckpointOffsetStore.class.getName());
    settings.setProperty(CheckpointOffsetStore.START_LSN, Long.toString(startLsn));
    settings.setProperty("offset.flush.interval.ms", "0");
    // Retrying is the relay's: Debezium's own would start over without reading the checkpoint.
    settings.setProperty("errors.max.retries", "0");
    settings.setProperty("slot.max.retries", "0");
    settings.setProperty("poll.interval.ms", Long.toString(relay.pollInterval().toMillis()));
    settings.setProperty("max.batch.size", "2048");
    settings.setProperty("max.queue.size", "8192");
    settings.setProperty("max.queue.size.in.bytes", Integer.toString(32 * 1024 * 1024));
    // Often enough for the slot to be confirmed soon after the last row; most change nothing.
    settings.setProperty("heartbeat.interval.ms", "1000");
    // Well under the wal_sender_timeout of the connection.
    settings.setProperty("status.update.interval.ms", "2500");
    settings.setProperty("tombstones.on.delete", "false");
    settings.setProperty("time.precision.mode", "microseconds");
    return settings;
  }

  void start() {
    thread.start();
  }

  /** Waits for its end; false if it still runs after the given time. */
  boolean awaitEnd(Duration time) throws InterruptedException {
    return ended.await(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Why it ended, or null. */
  @Nullable Throwable failure() {
    return failure.get();
  }

  /** Ends it, and waits until it has. An interruption meanwhile is kept for later. */
  @Override
  public void close() {
    boolean interrupted = Thread.interrupted();
    long deadline = System.nanoTime() + CLOSING.toNanos();
    boolean asked = false;
    while (ended.getCount() > 0) {
      try {
        // Debezium cannot be closed while its task starts, nor twice.
        asked = asked || askToClose();
        if (awaitEnd(MOMENT)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
      if (System.nanoTime() > deadline) {
        LOG.error("The engine of the relay does not end; it publishes nothing any more");
        thread.interrupt();
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean askToClose() {
    try {
      engine.close();
      return true;
    } catch (IllegalStateException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
