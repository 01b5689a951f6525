package io.agentorchestrator.log;

import java.sql.Types;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Reads how the relay's replication slot stands, for the database's health. */
@Component
public class ReplicationSlots {

  private static final String STATUS =
      """
      SELECT slot_name, active, wal_status,
             greatest(0, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn))::bigint AS retained
      FROM pg_replication_slots WHERE slot_name = ?""";

  private final RelayProperties properties;

  ReplicationSlots(RelayProperties properties) {
    this.properties = properties;
  }

  /**
   * Reads the slot's status, by two short queries.
   *
   * @param jdbc the primary; a replica cannot tell
   * @return empty if there is no such slot
   */
  public Optional<ReplicationSlotStatus> read(JdbcClient jdbc) {
    String slot = properties.slot();
    double lagSeconds =
        jdbc.sql(RelayMetrics.LAG_SECONDS)
            .param(1, null, Types.OTHER)
            .param(2, slot)
            .query(Double.class)
            .single();
    return jdbc.sql(STATUS)
        .param(slot)
        .query(
            (row, number) ->
                new ReplicationSlotStatus(
                    row.getString("slot_name"),
                    row.getBoolean("active"),
                    row.getString("wal_status"),
                    row.getLong("retained"),
                    lagSeconds))
        .optional();
  }
}
