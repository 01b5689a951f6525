package io.agentorchestrator.log;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The slot as the database has it. A slot that is wrong is refused before Debezium sees it: it
 * would create a missing one anew in silence, and try an invalid one for half an hour.
 *
 * @param systemIdentifier which cluster this is, or null where this role may not ask; a standby
 *     that is promoted keeps it, a restored dump or an upgraded cluster has another
 * @param confirmedLsn up to where the WAL was acknowledged
 * @param currentLsn where the WAL ends now
 */
record ReplicationSlot(@Nullable String systemIdentifier, long confirmedLsn, long currentLsn) {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final String INSUFFICIENT_PRIVILEGE = "42501";

  private static final String READ =
      """
      SELECT plugin, database = current_database() AS here, wal_status,
             confirmed_flush_lsn - '0/0' AS confirmed, pg_current_wal_lsn() - '0/0' AS current
      FROM pg_replication_slots WHERE slot_name = ?""";

  /**
   * Reads it.
   *
   * @throws RelayRefusedException if it is not there or not usable
   */
  static ReplicationSlot read(Connection connection, String slot) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(READ)) {
      query.setString(1, slot);
      try (ResultSet row = query.executeQuery()) {
        if (!row.next()) {
          throw new RelayRefusedException(
              "Expected the replication slot %s, but there is none.".formatted(slot));
        }
        if (!"pgoutput".equals(row.getString("plugin")) || !row.getBoolean("here")) {
          throw new RelayRefusedException(
              "Expected the replication slot %s to be one of this database for pgoutput, but it is not."
                  .formatted(slot));
        }
        if ("lost".equals(row.getString("wal_status"))) {
          throw new RelayRefusedException(
              "Expected the replication slot %s to be valid, but the WAL it needs is gone."
                  .formatted(slot));
        }
        return new ReplicationSlot(
            systemIdentifier(connection),
            row.getBigDecimal("confirmed").longValue(),
            row.getBigDecimal("current").longValue());
      }
    }
  }

  /** Every role may ask, unless somebody revoked that. */
  private static @Nullable String systemIdentifier(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT system_identifier::text FROM pg_control_system()")) {
      return row.next() ? row.getString(1) : null;
    } catch (SQLException e) {
      if (INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
        return null;
      }
      throw e;
    }
  }

  /**
   * Checks that a stream from this slot goes on where the checkpoint stopped.
   *
   * @throws RelayRefusedException if the slot or the database is another than that of the
   *     checkpoint
   */
  void requireContinues(RelayCheckpoint checkpoint) {
    String checkpointSystem = checkpoint.systemIdentifier();
    if (checkpointSystem != null
        && systemIdentifier != null
        && !checkpointSystem.equals(systemIdentifier)) {
      throw new RelayRefusedException(
          "Expected the database cluster %s of the checkpoint, but this one is %s: its WAL positions are others."
              .formatted(checkpointSystem, systemIdentifier));
    }
    String checkpointLsn = RelayCheckpoint.lsn(checkpoint.commitLsn());
    if (RelayCheckpoint.isBefore(checkpoint.commitLsn(), confirmedLsn)) {
      throw new RelayRefusedException(
          "Expected the replication slot not to be ahead of the checkpoint %s, but it is at %s: it was moved or made anew."
              .formatted(checkpointLsn, RelayCheckpoint.lsn(confirmedLsn)));
    }
    if (RelayCheckpoint.isBefore(currentLsn, checkpoint.commitLsn())) {
      throw new RelayRefusedException(
          "Expected the WAL to have reached the checkpoint %s, but it ends at %s: the database was restored from a backup."
              .formatted(checkpointLsn, RelayCheckpoint.lsn(currentLsn)));
    }
  }

  /**
   * Ends the session that streams from the slot, which can only be a predecessor's.
   *
   * @throws IllegalStateException if it is still there after 10 s
   */
  static void free(Connection connection, String slot) throws SQLException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (terminateWalsender(connection, slot)) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "Expected the replication slot %s to be free, but a session that was ended still has it."
                .formatted(slot));
      }
      Thread.sleep(Duration.ofMillis(20));
    }
  }

  private static boolean terminateWalsender(Connection connection, String slot)
      throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots"
                + " WHERE slot_name = ? AND active_pid IS NOT NULL")) {
      query.setString(1, slot);
      try (ResultSet row = query.executeQuery()) {
        return row.next();
      }
    }
  }
}
