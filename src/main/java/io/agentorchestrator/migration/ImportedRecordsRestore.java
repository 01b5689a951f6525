package io.agentorchestrator.migration;

import io.agentorchestrator.log.StateRestore;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** Notes which records were taken over, as their entries tell. */
public final class ImportedRecordsRestore implements StateRestore {

  private static final String NOTE =
      """
      INSERT INTO imported_records (kind, id, digest, entity_version, run, imported_at)
      SELECT DISTINCT ON (entity_type, entity_id) entity_type, entity_id,
        decode(details -> 'import' ->> 'digest', 'hex'), entity_version,
        (details -> 'import' ->> 'run')::uuid, recorded_at
      FROM restored_entries WHERE operation = 'import' AND details -> 'import' IS NOT NULL
      ORDER BY entity_type, entity_id, entity_version DESC
      ON CONFLICT (kind, id) DO UPDATE SET digest = EXCLUDED.digest,
        entity_version = EXCLUDED.entity_version, run = EXCLUDED.run,
        imported_at = EXCLUDED.imported_at""";

  /** Makes one. */
  public ImportedRecordsRestore() {}

  @Override
  public int order() {
    return 70;
  }

  @Override
  public void restore(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(NOTE);
    }
  }
}
