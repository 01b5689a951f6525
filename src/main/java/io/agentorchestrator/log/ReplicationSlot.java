package io.agentorchestrator.log;

import io.agentorchestrator.log.RelayRefusedException.Remedy;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The slot as the database has it. A slot that is wrong is refused before Debezium sees it, and
 * again before anything is published from it: Debezium would create a missing one anew in silence,
 * and try an invalid one for half an hour.
 *
 * @param confirmedLsn up to where the WAL was acknowledged
 * @param active whether somebody streams from it
 */
record ReplicationSlot(long confirmedLsn, boolean active) {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final String READ =
      """
      SELECT plugin, database = current_database() AS here, wal_status, active,
             confirmed_flush_lsn - '0/0' AS confirmed
      FROM pg_replication_slots WHERE slot_name = ?""";

  /** What may be the matter with a slot. */
  enum State {
    USABLE,
    /** Or somebody is making it just now, so that it has no position yet. */
    MISSING,
    LOST,
    /** Of another database, or not for {@code pgoutput}. */
    FOREIGN
  }

  private record Found(State state, @Nullable BigDecimal confirmed, boolean active) {

    static final Found NONE = new Found(State.MISSING, null, false);
  }

  private static Found find(Connection connection, String slot) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(READ)) {
      query.setString(1, slot);
      try (ResultSet row = query.executeQuery()) {
        return row.next()
            ? new Found(state(row), row.getBigDecimal("confirmed"), row.getBoolean("active"))
            : Found.NONE;
      }
    }
  }

  private static State state(ResultSet row) throws SQLException {
    if (!"pgoutput".equals(row.getString("plugin")) || !row.getBoolean("here")) {
      return State.FOREIGN;
    }
    if ("lost".equals(row.getString("wal_status"))) {
      return State.LOST;
    }
    return row.getBigDecimal("confirmed") == null ? State.MISSING : State.USABLE;
  }

  /** Whether somebody streams from it. */
  static boolean isActive(Connection connection, String slot) throws SQLException {
    return find(connection, slot).active();
  }

  /** Reads in which state it is. */
  static State state(Connection connection, String slot) throws SQLException {
    return find(connection, slot).state();
  }

  /**
   * Reads it.
   *
   * @throws RelayRefusedException if it is not there or not usable
   */
  static ReplicationSlot read(Connection connection, String slot) throws SQLException {
    Found found = find(connection, slot);
    return switch (found.state()) {
      case USABLE ->
          new ReplicationSlot(
              Objects.requireNonNull(found.confirmed(), "confirmed_flush_lsn").longValue(),
              found.active());
      case MISSING ->
          throw new RelayRefusedException(
              "Expected the replication slot %s, but there is none: somebody dropped it, or the database was brought back without it."
                  .formatted(slot),
              Remedy.REPAIR);
      case LOST ->
          throw new RelayRefusedException(
              "Expected the replication slot %s to be valid, but the WAL it needs is gone (wal_status is lost): it was further behind than max_slot_wal_keep_size or idle_replication_slot_timeout allow."
                  .formatted(slot),
              Remedy.REPAIR);
      case FOREIGN ->
          throw new RelayRefusedException(
              "Expected the replication slot %s to be one of this database for pgoutput, but it is not."
                  .formatted(slot),
              Remedy.OTHER_SLOT);
    };
  }

  /**
   * Checks that a stream from this slot goes on where the checkpoint stopped.
   *
   * @throws RelayRefusedException if the slot was moved on, or is another
   */
  void requireContinues(RelayCheckpoint checkpoint) {
    if (RelayCheckpoint.isBefore(checkpoint.commitLsn(), confirmedLsn)) {
      throw new RelayRefusedException(
          "Expected the replication slot not to be ahead of the checkpoint %s, but it is at %s: it was moved or made anew."
              .formatted(
                  RelayCheckpoint.lsn(checkpoint.commitLsn()), RelayCheckpoint.lsn(confirmedLsn)),
          Remedy.REPAIR);
    }
  }

  /**
   * Makes it as the migration does, with the failover flag where PostgreSQL knows it. Waits for all
   * transactions that are writing now, in any database of the cluster.
   */
  static void create(Connection connection, String slot) throws SQLException {
    boolean knowsFailover = connection.getMetaData().getDatabaseMajorVersion() >= 17;
    try (PreparedStatement create =
        connection.prepareStatement(
            "SELECT pg_create_logical_replication_slot(?, 'pgoutput'%s)"
                .formatted(knowsFailover ? ", false, false, true" : ""))) {
      create.setString(1, slot);
      create.execute();
    }
  }

  /** Drops it; nobody may stream from it. */
  static void drop(Connection connection, String slot) throws SQLException {
    try (PreparedStatement drop =
        connection.prepareStatement("SELECT pg_drop_replication_slot(?)")) {
      drop.setString(1, slot);
      drop.execute();
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
