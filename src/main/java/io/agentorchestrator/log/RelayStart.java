package io.agentorchestrator.log;

import io.agentorchestrator.log.RelayRefusedException.Remedy;
import io.agentorchestrator.topics.TopicProperties;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether the relay may start, and from where: the same for the relay and for whoever repairs it.
 *
 * @param slot the slot's name
 * @param topics the topics
 * @param checkpoint where publishing stopped, or empty without one
 * @param logIsEmpty whether the log topic never held anything, as far as one can see
 */
record RelayStart(
    String slot, TopicProperties topics, Optional<RelayCheckpoint> checkpoint, boolean logIsEmpty) {

  private static final String HOLDS =
      """
      SELECT EXISTS (
          SELECT FROM orchestration_log WHERE position = ? AND recorded_at = ? AND id = ?)
        OR NOT EXISTS (
          SELECT FROM pg_inherits
          WHERE inhparent = 'orchestration_log'::regclass AND inhrelid = to_regclass(
            'orchestration_log_' || to_char(?::timestamptz AT TIME ZONE 'UTC', 'YYYY_MM')))""";

  private static final String WAS_PUBLISHED =
      "SELECT EXISTS (SELECT FROM relay_progress WHERE slot = ? AND published_until IS NOT NULL)";

  /** Reads from Kafka; what comes of it is final only once all predecessors are fenced. */
  static RelayStart read(TopicProperties topics, String slot, Map<String, Object> kafka) {
    return new RelayStart(
        slot,
        topics,
        new CheckpointTopic(topics, slot, kafka).read(),
        new TopicScan(topics.log(), slot + "-relay-log", kafka).isEmpty());
  }

  /**
   * Checks that the database and the topics go on where the checkpoint stopped: that neither has
   * forgotten anything.
   *
   * @throws RelayRefusedException if one has
   */
  void requireHistory(Connection connection) throws SQLException {
    DatabaseServer server = DatabaseServer.read(connection);
    if (checkpoint.isPresent()) {
      requireHistory(connection, checkpoint.get(), server);
    } else if (!logIsEmpty) {
      throw new RelayRefusedException(
          "Expected a checkpoint of the slot %s in %s, for %s is not empty, but there is none."
              .formatted(slot, topics.relayCheckpoint(), topics.log()),
          Remedy.REPAIR);
    } else if (wasPublished(connection)) {
      throw new RelayRefusedException(
          "Expected %s to hold what the database says was published, but it is empty, and there is no checkpoint in %s."
              .formatted(topics.log(), topics.relayCheckpoint()),
          Remedy.REPAIR);
    }
  }

  private void requireHistory(Connection connection, RelayCheckpoint found, DatabaseServer server)
      throws SQLException {
    RelayCheckpoint.Repair repair = found.repair();
    if (repair != null) {
      throw new RelayRefusedException(
          "Expected the repair that began at %s to have come to its end, but it has not."
              .formatted(repair.begunAt()),
          repair.afterRestore() ? Remedy.REPAIR_AFTER_RESTORE : Remedy.REPAIR);
    }
    RelayCheckpoint.Entry last = found.last();
    if (last != null && logIsEmpty) {
      throw new RelayRefusedException(
          "Expected %s to hold the log up to position %d, as the checkpoint says, but it is empty."
              .formatted(topics.log(), last.position()),
          Remedy.REPAIR);
    }
    if (last != null && !holds(connection, last)) {
      throw new RelayRefusedException(
          "Expected the database to hold all that was published, up to position %d of the log (checkpoint %s), but there is no such entry, and its WAL ends at %s: it was restored from a backup, or a standby took over that had not received all."
              .formatted(
                  last.position(),
                  RelayCheckpoint.lsn(found.commitLsn()),
                  RelayCheckpoint.lsn(server.walEnd())),
          Remedy.REPAIR_AFTER_RESTORE);
    }
    requireSameWal(found, server, last != null);
  }

  private static void requireSameWal(
      RelayCheckpoint found, DatabaseServer server, boolean holdsAllPublished) {
    if (!isSame(found.systemIdentifier(), server.systemIdentifier())) {
      throw new RelayRefusedException(
          "Expected the database cluster %s of the checkpoint, but this one is %s: its WAL positions are others."
              .formatted(found.systemIdentifier(), server.systemIdentifier()),
          Remedy.REPAIR);
    }
    if (RelayCheckpoint.isBefore(server.walEnd(), found.commitLsn())) {
      throw new RelayRefusedException(
          "Expected the WAL to have reached the checkpoint %s, but it ends at %s: the database was restored from a backup."
              .formatted(
                  RelayCheckpoint.lsn(found.commitLsn()), RelayCheckpoint.lsn(server.walEnd())),
          holdsAllPublished ? Remedy.REPAIR : Remedy.REPAIR_AFTER_RESTORE);
    }
  }

  /** What is not known is not held against it. */
  private static boolean isSame(@Nullable String cluster, @Nullable String other) {
    return cluster == null || other == null || cluster.equals(other);
  }

  /** Whether an entry is in the table, or its partition was dropped for its age. */
  private static boolean holds(Connection connection, RelayCheckpoint.Entry entry)
      throws SQLException {
    OffsetDateTime recordedAt = entry.recordedAt().atOffset(ZoneOffset.UTC);
    try (PreparedStatement query = connection.prepareStatement(HOLDS)) {
      query.setLong(1, entry.position());
      query.setObject(2, recordedAt);
      query.setObject(3, entry.id());
      query.setObject(4, recordedAt);
      return isTrue(query);
    }
  }

  private boolean wasPublished(Connection connection) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(WAS_PUBLISHED)) {
      query.setString(1, slot);
      return isTrue(query);
    }
  }

  private static boolean isTrue(PreparedStatement query) throws SQLException {
    try (ResultSet row = query.executeQuery()) {
      return row.next() && row.getBoolean(1);
    }
  }

  /**
   * Returns where to start from.
   *
   * @throws RelayRefusedException if the slot does not go on there
   */
  RelayCheckpoint from(Connection connection) throws SQLException {
    DatabaseServer server = DatabaseServer.read(connection);
    ReplicationSlot found = ReplicationSlot.read(connection, slot);
    RelayCheckpoint start =
        checkpoint.orElseGet(
            () -> RelayCheckpoint.atCommit(server.systemIdentifier(), found.confirmedLsn(), null));
    found.requireContinues(start);
    return start.in(server.systemIdentifier());
  }
}
