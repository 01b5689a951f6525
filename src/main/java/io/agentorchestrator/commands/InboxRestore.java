package io.agentorchestrator.commands;

import io.agentorchestrator.log.StateRestore;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * Brings back the keys of commands that the restored entries tell of, so that none of them has a
 * second effect. A command that changed nothing left no entry, and its key is gone: sent again, it
 * is applied again.
 *
 * <p>Leases count anew, from when somebody hears again: nobody has heard since the database is
 * another.
 */
public final class InboxRestore implements StateRestore {

  /** Heartbeats that were accepted take no key. */
  private static final String WITH_KEY =
      """
      FROM restored_entries AS entry
      WHERE command_digest IS NOT NULL AND command_type IS NOT NULL
        AND (command_type <> 'agent.heartbeat.v1' OR type = 'command.rejected.v1')""";

  private static final List<String> RESTORE =
      List.of(
          """
          INSERT INTO command_keys (id, source, digest, type, recorded_at)
          SELECT DISTINCT ON (command_id, command_source) command_id, command_source,
            decode(command_digest, 'hex'), command_type, recorded_at
          %s
          ORDER BY command_id, command_source, position
          ON CONFLICT DO NOTHING"""
              .formatted(WITH_KEY),
          """
          INSERT INTO command_key_reuses (id, source, digest, type, recorded_at)
          SELECT command_id, command_source, decode(command_digest, 'hex'), command_type,
            min(recorded_at)
          %s AND NOT EXISTS (
            SELECT FROM command_keys AS key
            WHERE key.id = command_id AND key.source = command_source
              AND key.digest = decode(command_digest, 'hex'))
          GROUP BY command_id, command_source, command_digest, command_type
          ON CONFLICT DO NOTHING"""
              .formatted(WITH_KEY),
          "UPDATE heard_partitions SET heard_until = '-infinity'");

  @Override
  public int order() {
    return 70;
  }

  @Override
  public void restore(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String each : RESTORE) {
        statement.execute(each);
      }
    }
  }
}
