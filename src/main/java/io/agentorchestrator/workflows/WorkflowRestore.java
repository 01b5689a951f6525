package io.agentorchestrator.workflows;

import io.agentorchestrator.log.EntityOverlay;
import io.agentorchestrator.log.StateRestore;
import io.agentorchestrator.messages.EntityType;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** Brings workflows forward, before the tasks that belong to them. */
public final class WorkflowRestore implements StateRestore {

  private static final EntityTable WORKFLOWS = EntityTable.plain(EntityType.WORKFLOW, "workflows");

  @Override
  public int order() {
    return 20;
  }

  @Override
  public Optional<EntityTable> table() {
    return Optional.of(WORKFLOWS);
  }

  @Override
  public void restore(Connection connection) throws SQLException {
    EntityOverlay.apply(connection, WORKFLOWS);
  }
}
