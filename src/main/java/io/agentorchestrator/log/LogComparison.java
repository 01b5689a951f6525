package io.agentorchestrator.log;

import io.agentorchestrator.log.TopicScan.Range;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The log's table and its topic side by side, by the entries' ids. What is on the topic is put into
 * a temporary table of the session, some 100 bytes a record whatever the record's size, and
 * PostgreSQL compares: so memory does not grow with the log.
 *
 * <p>It makes three such tables: {@code repair_topic} with the place of each event, {@code
 * repair_missing} with the entries that are not on the topic, {@code repair_extra} with the events
 * that are not in the table.
 */
final class LogComparison {

  private static final int CHUNK = 10_000;

  private static final String PREPARE =
      """
      CREATE TEMP TABLE repair_topic (
        id             uuid        NOT NULL,
        partition      integer     NOT NULL,
        record_offset  bigint      NOT NULL,
        position       bigint      NOT NULL,
        recorded_at    timestamptz NOT NULL,
        entity_id      uuid,
        entity_version bigint
      )""";

  private static final String INSERT =
      "INSERT INTO repair_topic SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?)";

  private static final String MISSING =
      """
      CREATE TEMP TABLE repair_missing AS
      SELECT id, position, recorded_at, entity_id, entity_version FROM orchestration_log AS entry
      WHERE NOT EXISTS (SELECT FROM repair_topic AS event WHERE event.id = entry.id)""";

  private static final String EXTRA =
      """
      CREATE TEMP TABLE repair_extra AS
      SELECT DISTINCT ON (id) * FROM repair_topic AS event
      WHERE NOT EXISTS (SELECT FROM orchestration_log AS entry WHERE entry.id = event.id)
      ORDER BY id, partition, record_offset""";

  private static final String OLDEST_PARTITION =
      """
      SELECT min(make_timestamptz(
        substring(relname, 19, 4)::integer, substring(relname, 24, 2)::integer, 1, 0, 0, 0, 'UTC'))
      FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
      WHERE inhparent = 'orchestration_log'::regclass
        AND relname ~ '^orchestration_log_[0-9]{4}_[0-9]{2}$'""";

  private static final String FIRST_OF_PARTITION =
      """
      SELECT recorded_at FROM repair_topic WHERE partition = ?
      ORDER BY record_offset LIMIT 1""";

  private final Connection session;
  private final TopicScan topic;
  private @Nullable Range read;
  private long unknown;
  private long events;
  private long pastTopicRetention;
  private long pastTableRetention;
  private final List<Integer> cutOff = new ArrayList<>();

  LogComparison(Connection session, TopicScan topic) {
    this.session = session;
    this.topic = topic;
  }

  /** Reads the topic, all that is on it. */
  void readTopic(LongConsumer progress) throws SQLException {
    execute(PREPARE);
    Range all = topic.all();
    read(all, progress);
    read = all;
    execute("ANALYZE repair_topic");
  }

  /** Reads what has come to the topic since. */
  void readOn() throws SQLException {
    Range before = read;
    if (before == null) {
      throw new IllegalStateException("nothing was read that this could go on from");
    }
    Range next = before.next(topic.all());
    read(next, count -> {});
    read = next;
  }

  private void read(Range range, LongConsumer progress) throws SQLException {
    Loader loader = new Loader(progress);
    topic.read(
        range,
        message -> {
          loader.add(message);
          return true;
        });
    loader.flush();
  }

  /** Gathers events, and inserts many at a time. */
  private final class Loader {

    private final LongConsumer progress;
    private final List<TopicEvent> chunk = new ArrayList<>(CHUNK);
    private final Integer[] partitions = new Integer[CHUNK];
    private final Long[] offsets = new Long[CHUNK];

    Loader(LongConsumer progress) {
      this.progress = progress;
    }

    void add(ConsumerRecord<byte[], byte[]> message) throws SQLException {
      Optional<TopicEvent> event = TopicEvent.of(message.value());
      if (event.isEmpty()) {
        unknown++;
        return;
      }
      partitions[chunk.size()] = message.partition();
      offsets[chunk.size()] = message.offset();
      chunk.add(event.get());
      if (chunk.size() == CHUNK) {
        flush();
      }
    }

    void flush() throws SQLException {
      int count = chunk.size();
      if (count == 0) {
        return;
      }
      try (PreparedStatement insert = session.prepareStatement(INSERT)) {
        insert.setArray(1, array("uuid", each -> each.id()));
        insert.setArray(2, session.createArrayOf("integer", Arrays.copyOf(partitions, count)));
        insert.setArray(3, session.createArrayOf("bigint", Arrays.copyOf(offsets, count)));
        insert.setArray(4, array("bigint", each -> each.position()));
        insert.setArray(5, array("timestamptz", each -> each.time()));
        insert.setArray(6, array("uuid", each -> each.entityId()));
        insert.setArray(7, array("bigint", each -> each.entityVersion()));
        insert.executeUpdate();
      }
      events += count;
      chunk.clear();
      progress.accept(events);
    }

    private Array array(String type, Function<TopicEvent, @Nullable Object> column)
        throws SQLException {
      return session.createArrayOf(type, chunk.stream().map(column).toArray());
    }
  }

  /** Compares; the topic must have been read before, for each event has its row first. */
  void compare() throws SQLException {
    execute(MISSING);
    execute(EXTRA);
    takeOutDeletedFromTopic();
    pastTableRetention = deleteBefore("repair_extra", oldestPartition());
    execute("ANALYZE repair_missing");
    execute("ANALYZE repair_extra");
  }

  /**
   * Takes out what has come to the topic since.
   *
   * @return how many are still missing
   */
  long takeOutArrived() throws SQLException {
    readOn();
    execute("DELETE FROM repair_missing WHERE id IN (SELECT id FROM repair_topic)");
    return Sql.number(session, "SELECT count(*) FROM repair_missing");
  }

  /**
   * An entry that was there is not missing because the topic keeps events for some time only, which
   * it should not. What is older than the first that is left was there.
   */
  private void takeOutDeletedFromTopic() throws SQLException {
    Range range = read;
    if (range == null || !range.isCutOff()) {
      return;
    }
    Instant oldest = null;
    for (var from : range.from().entrySet()) {
      if (from.getValue() > 0) {
        Optional<Instant> first = firstOf(from.getKey());
        if (first.isEmpty()) {
          cutOff.add(from.getKey());
        } else if (oldest == null || first.get().isAfter(oldest)) {
          oldest = first.get();
        }
      }
    }
    pastTopicRetention = deleteBefore("repair_missing", oldest);
  }

  private Optional<Instant> firstOf(int partition) throws SQLException {
    try (PreparedStatement query = session.prepareStatement(FIRST_OF_PARTITION)) {
      query.setInt(1, partition);
      try (ResultSet row = query.executeQuery()) {
        return row.next()
            ? Optional.of(row.getObject(1, OffsetDateTime.class).toInstant())
            : Optional.empty();
      }
    }
  }

  private @Nullable Instant oldestPartition() throws SQLException {
    try (Statement statement = session.createStatement();
        ResultSet row = statement.executeQuery(OLDEST_PARTITION)) {
      row.next();
      OffsetDateTime oldest = row.getObject(1, OffsetDateTime.class);
      return oldest == null ? null : oldest.toInstant();
    }
  }

  private long deleteBefore(String table, @Nullable Instant time) throws SQLException {
    if (time == null) {
      return 0;
    }
    try (PreparedStatement delete =
        session.prepareStatement("DELETE FROM %s WHERE recorded_at < ?".formatted(table))) {
      delete.setObject(1, time.atOffset(ZoneOffset.UTC));
      return delete.executeLargeUpdate();
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = session.createStatement()) {
      statement.execute(sql);
    }
  }

  /** How many records were read that are no events. */
  long unknown() {
    return unknown;
  }

  /** How many events were read. */
  long events() {
    return events;
  }

  /** How many entries are taken for deleted from the topic. */
  long pastTopicRetention() {
    return pastTopicRetention;
  }

  /** How many events are older than the table goes back. */
  long pastTableRetention() {
    return pastTableRetention;
  }

  /** Partitions that are empty, but were not: what they held cannot be told. */
  List<Integer> cutOff() {
    return List.copyOf(cutOff);
  }
}
