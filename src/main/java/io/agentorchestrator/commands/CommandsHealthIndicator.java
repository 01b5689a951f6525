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
    String problem = intake.problem();
    if (problem != null) {
      return Health.down().withDetail("problem", problem).build();
    }
    return listener
        .whyWaiting()
        .map(
            why ->
                Health.down()
                    .withDetail("problem", "Commands wait: " + why)
                    .withDetail("waiting_consumers", listener.waitingConsumers()))
        .orElseGet(Health::up)
        .build();
  }
}
