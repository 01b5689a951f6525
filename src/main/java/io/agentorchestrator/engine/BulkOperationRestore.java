package io.agentorchestrator.engine;

import io.agentorchestrator.log.StateRestore;
import io.agentorchestrator.messages.EntityType;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/** Brings back bulk operations, of which each has one entry. */
public final class BulkOperationRestore implements StateRestore {

  private static final String INSERT =
      """
      INSERT INTO bulk_operations (id, created_at, updated_at, results, entity_version)
      SELECT entity_id, recorded_at, recorded_at, changes -> 'results', entity_version
      FROM restored_entries
      WHERE entity_type = 'bulk_operation' AND entity_version IS NOT NULL""";

  @Override
  public int order() {
    return 60;
  }

  @Override
  public Optional<EntityTable> table() {
    return Optional.of(EntityTable.plain(EntityType.BULK_OPERATION, "bulk_operations"));
  }

  @Override
  public void restore(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(INSERT);
    }
  }
}
