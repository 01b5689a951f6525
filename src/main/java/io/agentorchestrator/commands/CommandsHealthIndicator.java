package io.agentorchestrator.commands;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/** Whether commands are taken in, or wait on Kafka; in {@code /actuator/health} as "commands". */
@Component
class CommandsHealthIndicator implements HealthIndicator {

  private final CommandIntake intake;
  private final CommandListener listener;

  CommandsHealthIndicator(CommandIntake intake, CommandListener listener) {
    this.intake = intake;
    this.listener = listener;
  }

  @Override
  public Health health() {
    if (!intake.isConsuming()) {
      return Health.down().withDetail("problem", "The consumers do not run.").build();
    }
    int waiting = listener.waitingConsumers();
    return waiting == 0
        ? Health.up().build()
        : Health.down()
            .withDetail("problem", "Commands wait: PostgreSQL or the dead-letter topic is away.")
            .withDetail("waiting_consumers", waiting)
            .build();
  }
}
