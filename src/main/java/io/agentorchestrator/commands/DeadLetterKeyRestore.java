package io.agentorchestrator.commands;

import io.agentorchestrator.deadletters.DeadLetterTopic;
import io.agentorchestrator.deadletters.Place;
import io.agentorchestrator.log.StateRestore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Brings back which dead letters the log has told of, so that none is told of twice. A key has the
 * digest of the record, which is read from where it stood; where it is gone it cannot come again.
 */
public final class DeadLetterKeyRestore implements StateRestore {

  /** Their values are in memory together, and may be large. */
  private static final int CHUNK = 20;

  private static final String TOLD =
      """
      SELECT details ->> 'topic', (details ->> 'partition')::integer,
        (details ->> 'offset')::bigint, recorded_at
      FROM restored_entries WHERE type = 'command.dead-lettered.v1'
      ORDER BY 1, 2, 3""";

  private static final String INSERT =
      """
      INSERT INTO dead_letter_keys (topic, partition, record_offset, digest, recorded_at)
      VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING""";

  private final Map<String, Object> kafka;

  /**
   * Makes one.
   *
   * @param kafka how a consumer of bytes reaches Kafka
   */
  public DeadLetterKeyRestore(Map<String, Object> kafka) {
    this.kafka = Map.copyOf(kafka);
  }

  @Override
  public int order() {
    return 80;
  }

  @Override
  public void restore(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        PreparedStatement insert = connection.prepareStatement(INSERT)) {
      statement.setFetchSize(1000);
      Map<Place, OffsetDateTime> told = new LinkedHashMap<>();
      String topic = "";
      try (ResultSet row = statement.executeQuery(TOLD)) {
        while (row.next()) {
          Place place = new Place(row.getString(1), row.getInt(2), row.getLong(3));
          if (!place.topic().equals(topic) || told.size() == CHUNK) {
            restore(topic, told, insert);
            told.clear();
            topic = place.topic();
          }
          told.put(place, row.getObject(4, OffsetDateTime.class));
        }
      }
      restore(topic, told, insert);
    }
  }

  private void restore(String topic, Map<Place, OffsetDateTime> told, PreparedStatement insert)
      throws SQLException {
    if (told.isEmpty()) {
      return;
    }
    try (DeadLetterTopic records = new DeadLetterTopic(topic, kafka)) {
      Map<Place, ConsumerRecord<byte[], byte[]>> found = records.fetch(told.keySet());
      for (Map.Entry<Place, ConsumerRecord<byte[], byte[]>> each : found.entrySet()) {
        insert.setString(1, topic);
        insert.setInt(2, each.getKey().partition());
        insert.setLong(3, each.getKey().offset());
        insert.setBytes(4, DeadLetterKeys.digest(each.getValue()));
        insert.setObject(5, told.get(each.getKey()));
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }
}
