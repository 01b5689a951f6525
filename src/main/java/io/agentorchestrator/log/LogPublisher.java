package io.agentorchestrator.log;

import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Publishes what the engine reads: cuts it into chunks, each one transaction on Kafka together with
 * the checkpoint it ends at, and acknowledges it to the engine once committed.
 *
 * <p>PostgreSQL sends the transaction after the checkpoint's again from its first row; as many rows
 * as the checkpoint says are passed over. Any failure ends the engine, never just the batch: it
 * leaves here wrapped, for the engine skips a batch that failed with Kafka Connect's {@code
 * RetriableException}.
 */
final class LogPublisher implements DebeziumEngine.ChangeConsumer<RecordChangeEvent<SourceRecord>> {

  private static final String COMMIT = "COMMIT";

  private final RelayProducer producer;
  private final EventRecords eventRecords;
  private final RelayProperties properties;
  private final RelayMetrics metrics;
  private final RelayCheckpoint start;

  private final List<ProducerRecord<byte[], byte[]>> chunk = new ArrayList<>();
  private int chunkEvents;
  private long chunkBytes;
  private @Nullable RecordChangeEvent<SourceRecord> lastOfChunk;
  private RelayCheckpoint reached;
  private int replayed;

  private final CountDownLatch released = new CountDownLatch(1);
  private volatile RelayCheckpoint committed;
  private volatile boolean halted;

  LogPublisher(
      RelayProducer producer,
      EventRecords eventRecords,
      RelayProperties properties,
      RelayMetrics metrics,
      RelayCheckpoint start) {
    this.producer = producer;
    this.eventRecords = eventRecords;
    this.properties = properties;
    this.metrics = metrics;
    this.start = start;
    this.reached = start;
    this.committed = start;
  }

  /** What is published for sure. */
  RelayCheckpoint committed() {
    return committed;
  }

  /** Lets it begin: what it is given goes on where the checkpoint stopped. */
  void release() {
    released.countDown();
  }

  /** Begins no other transaction, from any thread; the engine ends with its next batch. */
  void halt() {
    halted = true;
    released.countDown();
  }

  @Override
  public void handleBatch(
      List<RecordChangeEvent<SourceRecord>> batch,
      DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
      throws InterruptedException {
    try {
      released.await();
      for (RecordChangeEvent<SourceRecord> change : batch) {
        add(change);
        if (chunkEvents >= properties.maxRecords() || chunkBytes >= properties.maxBytes()) {
          publishChunk(committer);
        }
      }
      publishChunk(committer);
    } catch (RuntimeException | Error e) {
      halt();
      throw new IllegalStateException("Publishing failed.", e);
    }
  }

  private void add(RecordChangeEvent<SourceRecord> change) {
    SourceRecord source = change.record();
    long commitLsn = commitLsn(source.sourceOffset());
    if (source.value() instanceof Struct value && value.schema().field("after") != null) {
      if (!isReplayed(commitLsn)) {
        addEvent(LogRow.of(value.getStruct("after")), commitLsn);
        lastOfChunk = change;
      }
    } else if (COMMIT.equals(source.sourceOffset().get("messageType"))) {
      // A heartbeat. Elsewhere than at the end of a transaction it would tell nothing.
      RelayCheckpoint next = reached.afterCommit(commitLsn);
      if (!next.equals(reached)) {
        reached = next;
        lastOfChunk = change;
      }
    }
  }

  private boolean isReplayed(long previousCommitLsn) {
    if (replayed == start.rows()) {
      return false;
    }
    if (previousCommitLsn != start.commitLsn()) {
      throw new IllegalStateException(
          "Expected %d entries after %s to be there already, but there are only %d."
              .formatted(start.rows(), RelayCheckpoint.lsn(start.commitLsn()), replayed));
    }
    replayed++;
    return true;
  }

  private void addEvent(LogRow row, long previousCommitLsn) {
    for (ProducerRecord<byte[], byte[]> event : eventRecords.of(row)) {
      chunk.add(event);
      chunkBytes += event.value().length;
    }
    chunkEvents++;
    reached = reached.afterRow(previousCommitLsn, row.entry());
  }

  private void publishChunk(
      DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
      throws InterruptedException {
    RecordChangeEvent<SourceRecord> last = lastOfChunk;
    if (last == null) {
      return;
    }
    if (halted) {
      throw new IllegalStateException("The relay is to publish no more.");
    }
    producer.publish(chunk, reached);
    committed = reached;
    metrics.published(chunkEvents);
    chunk.clear();
    chunkEvents = 0;
    chunkBytes = 0;
    lastOfChunk = null;
    committer.markProcessed(last);
    committer.markBatchFinished();
    linger();
  }

  /** Lets rows gather: the broker delays a transaction that follows another at once for longer. */
  private void linger() throws InterruptedException {
    Duration linger = properties.linger();
    if (linger.isPositive()) {
      Thread.sleep(linger);
    }
  }

  private static long commitLsn(Map<String, ?> offset) {
    return offset.get("lsn_commit") instanceof Number lsn ? lsn.longValue() : 0;
  }
}
