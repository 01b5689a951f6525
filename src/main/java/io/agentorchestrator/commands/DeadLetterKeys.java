package io.agentorchestrator.commands;

import io.agentorchestrator.messages.ContentDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Remembers which dead letters the log has told of, by where they stood: they have no key of their
 * own to go by, and must not occupy a command's.
 */
@Component
@Transactional(propagation = Propagation.MANDATORY)
class DeadLetterKeys {

  /** Where a record stands. */
  record Place(String topic, int partition, long offset) {
    static Place of(ConsumerRecord<?, ?> record) {
      return new Place(record.topic(), record.partition(), record.offset());
    }
  }

  private static final byte[] NOTHING = new byte[0];

  private final JdbcClient jdbc;

  DeadLetterKeys(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Claims the keys of dead letters, in the database's order.
   *
   * @return the places of those that were not claimed before
   */
  Set<Place> claim(List<ConsumerRecord<byte[], byte[]>> deadLetters, Instant now) {
    if (deadLetters.isEmpty()) {
      return Set.of();
    }
    return new HashSet<>(
        jdbc.sql(
                """
                INSERT INTO dead_letter_keys (topic, partition, record_offset, digest, recorded_at)
                SELECT topic, partition, record_offset, digest, ?
                FROM unnest(?, ?, ?, ?) AS key (topic, partition, record_offset, digest)
                ORDER BY topic, partition, record_offset, digest
                ON CONFLICT DO NOTHING
                RETURNING topic, partition, record_offset
                """)
            .params(
                now.atOffset(ZoneOffset.UTC),
                deadLetters.stream().map(ConsumerRecord::topic).toArray(String[]::new),
                deadLetters.stream().map(ConsumerRecord::partition).toArray(Integer[]::new),
                deadLetters.stream().map(ConsumerRecord::offset).toArray(Long[]::new),
                deadLetters.stream().map(DeadLetterKeys::digest).toArray(byte[][]::new))
            .query((row, n) -> new Place(row.getString(1), row.getInt(2), row.getLong(3)))
            .list());
  }

  static byte[] digest(ConsumerRecord<byte[], byte[]> record) {
    return ContentDigest.of(record.value() == null ? NOTHING : record.value()).bytes();
  }
}
