package io.agentorchestrator.log;

import io.agentorchestrator.log.StateRestore.EntityTable;
import io.agentorchestrator.log.TopicScan.Range;
import io.agentorchestrator.messages.CommandType;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.LogEvent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Brings a database that has forgotten the end of its log forward to what the topic holds: the
 * rows, then what each feature keeps besides them, the positions, all in one transaction, and
 * commits only if the fold of each entity's entries is what its row says.
 *
 * <p>The rows must never be streamed: whoever calls keeps all relays off, and moves the slot or the
 * checkpoint past them before one may start.
 */
final class RollForward {

  private static final int BATCH = 500;

  private static final String MISSING_MONTHS =
      """
      SELECT create_orchestration_log_partition(month) FROM (
        SELECT DISTINCT date_trunc('month', recorded_at AT TIME ZONE 'UTC')::date AS month
        FROM repair_extra) AS forgotten
      WHERE to_regclass('orchestration_log_' || to_char(month, 'YYYY_MM')) IS NULL""";

  private static final String OFFSETS =
      """
      SELECT partition, min(record_offset) AS first, max(record_offset) + 1 AS end
      FROM repair_extra GROUP BY partition ORDER BY partition""";

  private static final String OFFSETS_OF_PARTITION =
      "SELECT record_offset FROM repair_extra WHERE partition = ? ORDER BY record_offset";

  private static final String ENTRIES =
      """
      CREATE TEMP VIEW restored_entries AS
      SELECT entry.* FROM orchestration_log AS entry
      JOIN repair_extra AS extra USING (position, recorded_at)""";

  private static final List<String> GATHER =
      List.of(
          """
          CREATE TEMP TABLE restored_entities ON COMMIT DROP AS
          SELECT entity_type, entity_id, min(first_version) AS first_version,
            max(last_version) AS last_version, json_object_agg(key, value) AS changes
          FROM (
            SELECT DISTINCT ON (entity_id, key) entity_type, entity_id,
              min(entity_version) OVER entity AS first_version,
              max(entity_version) OVER entity AS last_version, key, value
            FROM restored_entries CROSS JOIN LATERAL (
              SELECT key, value FROM json_each(changes)
              UNION ALL SELECT 'id', to_json(entity_id)
              UNION ALL SELECT 'entity_version', to_json(entity_version)) AS change
            WHERE entity_version IS NOT NULL
            WINDOW entity AS (PARTITION BY entity_id)
            ORDER BY entity_id, key, entity_version DESC) AS latest
          GROUP BY entity_type, entity_id""",
          "ALTER TABLE restored_entities ADD PRIMARY KEY (entity_id)",
          "ANALYZE restored_entities");

  private static final String POSITION =
      """
      SELECT setval('orchestration_log_position', greatest(
        (SELECT last_value FROM orchestration_log_position),
        (SELECT max(position) FROM repair_extra)))""";

  private static final String COUNTS =
      """
      SELECT entity_type, count(*) FROM restored_entities
      GROUP BY entity_type ORDER BY entity_type""";

  /** The latest version of each operation; there has been one of each. */
  private static final Map<String, String> COMMAND_TYPES =
      Arrays.stream(CommandType.values())
          .collect(Collectors.toUnmodifiableMap(CommandType::operation, CommandType::value));

  private final Connection session;
  private final TopicScan topic;
  private final List<StateRestore> restores;

  /**
   * What was done.
   *
   * @param entries how many rows were put back
   * @param entities how many entities were brought forward, by their type
   * @param verified of how many of these the fold was compared
   */
  record Result(long entries, Map<String, Long> entities, long verified) {}

  RollForward(Connection session, TopicScan topic, List<StateRestore> restores) {
    this.session = session;
    this.topic = topic;
    this.restores = restores.stream().sorted(Comparator.comparingInt(StateRestore::order)).toList();
  }

  /** Brings forward what {@code repair_extra} tells. */
  Result run(LongConsumer progress) throws SQLException {
    session.setAutoCommit(false);
    try {
      execute(MISSING_MONTHS);
      long entries = insertEntries(progress);
      execute(ENTRIES);
      gatherEntities(session);
      for (StateRestore each : restores) {
        each.restore(session);
      }
      execute(POSITION);
      List<EntityTable> tables =
          restores.stream().map(StateRestore::table).flatMap(Optional::stream).toList();
      Result result = new Result(entries, counts(), FoldCheck.requireSame(session, tables));
      execute("DROP VIEW restored_entries");
      session.commit();
      return result;
    } finally {
      // After a failure, setAutoCommit alone would try to commit, and hide it by another.
      session.rollback();
      session.setAutoCommit(true);
    }
  }

  /** Makes {@code restored_entities} of {@code restored_entries}. */
  static void gatherEntities(Connection session) throws SQLException {
    try (Statement statement = session.createStatement()) {
      for (String each : GATHER) {
        statement.execute(each);
      }
    }
  }

  /** What {@link #bind} is for, into a table like the log's. */
  static String insertInto(String table) {
    return """
    INSERT INTO %s (id, position, recorded_at, type, operation, entity_type,
      entity_id, entity_version, status, message, command_source, command_id, command_digest,
      command_type, actor, agent_id, traceparent, changes, details)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::json, ?::json)"""
        .formatted(table);
  }

  private long insertEntries(LongConsumer progress) throws SQLException {
    long inserted = 0;
    try (Statement statement = session.createStatement();
        PreparedStatement insert = session.prepareStatement(insertInto("orchestration_log"))) {
      record Stretch(int partition, Range range) {}
      List<Stretch> stretches = new ArrayList<>();
      try (ResultSet row = statement.executeQuery(OFFSETS)) {
        while (row.next()) {
          int partition = row.getInt("partition");
          stretches.add(
              new Stretch(
                  partition,
                  new Range(
                      Map.of(partition, row.getLong("first")),
                      Map.of(partition, row.getLong("end")))));
        }
      }
      for (Stretch each : stretches) {
        inserted += insertEntries(each.partition(), each.range(), insert);
        progress.accept(inserted);
      }
    }
    return inserted;
  }

  /** The topic and the offsets wanted go by in the same order, so neither is held in memory. */
  private long insertEntries(int partition, Range range, PreparedStatement insert)
      throws SQLException {
    try (PreparedStatement query = session.prepareStatement(OFFSETS_OF_PARTITION)) {
      query.setInt(1, partition);
      query.setFetchSize(10_000);
      try (ResultSet wanted = query.executeQuery()) {
        Batch batch = new Batch(insert, wanted);
        topic.read(range, batch::add);
        return batch.end();
      }
    }
  }

  private static final class Batch {

    private final PreparedStatement insert;
    private final ResultSet wanted;
    private @Nullable Long next;
    private long inserted;

    Batch(PreparedStatement insert, ResultSet wanted) throws SQLException {
      this.insert = insert;
      this.wanted = wanted;
      advance();
    }

    private void advance() throws SQLException {
      next = wanted.next() ? wanted.getLong(1) : null;
    }

    boolean add(ConsumerRecord<byte[], byte[]> message) throws SQLException {
      if (next == null) {
        return false;
      }
      if (message.offset() == next) {
        bind(insert, TopicEvent.whole(message.value()).orElseThrow());
        insert.addBatch();
        if (++inserted % BATCH == 0) {
          insert.executeBatch();
        }
        advance();
      }
      return true;
    }

    long end() throws SQLException {
      insert.executeBatch();
      if (next != null) {
        throw new IllegalStateException(
            "Expected the event at offset %d again, but it is gone.".formatted(next));
      }
      return inserted;
    }
  }

  static void bind(PreparedStatement insert, LogEvent event) throws SQLException {
    LogEvent.Data data = event.data();
    LogEvent.CommandRef command = data.command();
    insert.setObject(1, event.id());
    insert.setLong(2, data.position());
    insert.setObject(3, event.time().atOffset(ZoneOffset.UTC));
    insert.setString(4, event.type());
    insert.setString(5, data.operation());
    insert.setString(6, data.entityType());
    insert.setObject(7, data.entityId());
    insert.setObject(8, data.entityVersion());
    insert.setString(9, data.status());
    insert.setString(10, data.message());
    insert.setString(11, command.source());
    insert.setString(12, command.id());
    insert.setString(13, command.digest());
    insert.setString(14, commandType(event));
    insert.setString(15, data.actor());
    insert.setObject(16, event.agentid());
    insert.setString(17, event.traceparent());
    insert.setString(18, data.changes().json());
    insert.setString(19, data.details().json());
  }

  /** What dispatch and timers do has the operation of a command, but was none. */
  private static @Nullable String commandType(LogEvent event) {
    boolean isOfCommand =
        event.data().command().digest() != null
            || event.type().equals(EventType.COMMAND_DEAD_LETTERED.value());
    return isOfCommand ? COMMAND_TYPES.get(event.data().operation()) : null;
  }

  private Map<String, Long> counts() throws SQLException {
    try (Statement statement = session.createStatement();
        ResultSet row = statement.executeQuery(COUNTS)) {
      Map<String, Long> counts = new LinkedHashMap<>();
      while (row.next()) {
        counts.put(row.getString(1), row.getLong(2));
      }
      return counts;
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = session.createStatement()) {
      statement.execute(sql);
    }
  }
}
