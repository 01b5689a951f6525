package io.agentorchestrator.log;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the entries in {@code repair_missing} in the order of their positions, as the relay
 * would: with the copies for the mailboxes, in transactions of its size. Within an entity positions
 * rise with the versions.
 */
final class Republication {

  private static final String MISSING =
      """
      SELECT entry.* FROM repair_missing AS missing
      JOIN orchestration_log AS entry USING (position, recorded_at)
      ORDER BY position""";

  private static final String LAST =
      "SELECT id, position, recorded_at FROM orchestration_log ORDER BY position DESC LIMIT 1";

  private static final String LATEST = "SELECT max(recorded_at) FROM orchestration_log";

  private final Connection session;
  private final RelayProducer producer;
  private final EventRecords eventRecords;
  private final RelayProperties properties;
  private final RelayCheckpoint marked;

  private final List<ProducerRecord<byte[], byte[]>> chunk = new ArrayList<>();
  private int chunkEvents;
  private long chunkBytes;
  private long published;

  /**
   * Prepares it.
   *
   * @param marked the checkpoint that goes with each transaction, from which no relay starts
   */
  Republication(
      Connection session,
      RelayProducer producer,
      EventRecords eventRecords,
      RelayProperties properties,
      RelayCheckpoint marked) {
    this.session = session;
    this.producer = producer;
    this.eventRecords = eventRecords;
    this.properties = properties;
    this.marked = marked;
  }

  /**
   * Publishes.
   *
   * @param progress hears of each transaction, with how many were published so far
   * @return how many were published
   */
  long run(LongConsumer progress) throws SQLException, InterruptedException {
    session.setAutoCommit(false);
    try (Statement statement = session.createStatement()) {
      statement.setFetchSize(properties.maxRecords());
      try (ResultSet row = statement.executeQuery(MISSING)) {
        while (row.next()) {
          add(LogRow.of(row));
          if (chunkEvents >= properties.maxRecords() || chunkBytes >= properties.maxBytes()) {
            publish(progress);
          }
        }
      }
      publish(progress);
      return published;
    } finally {
      session.rollback();
      session.setAutoCommit(true);
    }
  }

  private void add(LogRow row) {
    for (ProducerRecord<byte[], byte[]> event : eventRecords.of(row)) {
      chunk.add(event);
      chunkBytes += event.value().length;
    }
    chunkEvents++;
  }

  private void publish(LongConsumer progress) throws InterruptedException {
    if (chunkEvents == 0) {
      return;
    }
    producer.publish(chunk, marked);
    published += chunkEvents;
    chunk.clear();
    chunkEvents = 0;
    chunkBytes = 0;
    progress.accept(published);
    Thread.sleep(properties.linger());
  }

  /**
   * Returns the checkpoint that says that all there is in the table is published.
   *
   * @param from where the relay is to go on
   */
  RelayCheckpoint checkpoint(@Nullable String systemIdentifier, long from) throws SQLException {
    try (Statement statement = session.createStatement()) {
      RelayCheckpoint.Entry last = null;
      try (ResultSet row = statement.executeQuery(LAST)) {
        if (row.next()) {
          last =
              new RelayCheckpoint.Entry(
                  row.getObject(1, UUID.class),
                  row.getLong(2),
                  row.getObject(3, OffsetDateTime.class).toInstant());
        }
      }
      Instant until = null;
      try (ResultSet row = statement.executeQuery(LATEST)) {
        row.next();
        OffsetDateTime latest = row.getObject(1, OffsetDateTime.class);
        until = latest == null ? null : latest.toInstant();
      }
      return new RelayCheckpoint(systemIdentifier, from, 0, until, last, null);
    }
  }
}
