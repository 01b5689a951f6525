package io.agentorchestrator.agents;

import io.agentorchestrator.log.EntityOverlay;
import io.agentorchestrator.log.StateRestore;
import io.agentorchestrator.messages.EntityType;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/**
 * Brings agents forward. What moves with their tasks comes later, when these are there. On which
 * partition a new one speaks cannot be told: until it speaks again, all count.
 */
public final class AgentRestore implements StateRestore {

  private static final EntityTable AGENTS = EntityTable.plain(EntityType.AGENT, "agents");

  private static final String NEW_ACTIVITIES =
      """
      INSERT INTO agent_activity (agent_id, last_seen, running_tasks, completed, failed,
        total_duration_seconds, available, idle_since)
      SELECT id, created_at, 0, 0, 0, 0, false, created_at
      FROM agents JOIN restored_entities ON entity_id = id
      WHERE entity_type = 'agent' AND first_version = 1""";

  @Override
  public int order() {
    return 10;
  }

  @Override
  public Optional<EntityTable> table() {
    return Optional.of(AGENTS);
  }

  @Override
  public void restore(Connection connection) throws SQLException {
    EntityOverlay.apply(connection, AGENTS);
    try (Statement statement = connection.createStatement()) {
      statement.execute(NEW_ACTIVITIES);
    }
  }
}
