package io.agentorchestrator.database;

import io.agentorchestrator.database.DatabaseProbe.Findings;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/**
 * The {@code db} of the management port's health and readiness. Takes the place of Spring Boot's
 * own, which would wait for a connection from the pool while the database is away, longer than any
 * probe waits.
 */
@Component("dbHealthIndicator")
class DatabaseHealthIndicator implements HealthIndicator {

  private final DatabaseProbe probe;

  DatabaseHealthIndicator(DatabaseProbe probe) {
    this.probe = probe;
  }

  @Override
  public Health health() {
    Findings findings = probe.look();
    // A table that is locked, say, is no reason to send reads elsewhere.
    Health.Builder health = findings.answer().isGiven() ? Health.up() : Health.down();
    return health.withDetail("problems", findings.problems()).build();
  }
}
