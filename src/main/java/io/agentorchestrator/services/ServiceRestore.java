package io.agentorchestrator.services;

import io.agentorchestrator.log.EntityOverlay;
import io.agentorchestrator.log.StateRestore;
import io.agentorchestrator.messages.EntityType;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/**
 * Brings what is held of the services forward. When each is probed, and how many probes in a row
 * failed, no entry tells: workers make that known anew, and count on.
 */
public final class ServiceRestore implements StateRestore {

  private static final EntityTable SERVICES =
      EntityTable.plain(EntityType.SERVICE, "service_health");

  @Override
  public int order() {
    return 70;
  }

  @Override
  public Optional<EntityTable> table() {
    return Optional.of(SERVICES);
  }

  @Override
  public void restore(Connection connection) throws SQLException {
    EntityOverlay.apply(connection, SERVICES);
  }
}
