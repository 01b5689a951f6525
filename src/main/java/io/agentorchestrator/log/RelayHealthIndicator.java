package io.agentorchestrator.log;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/** What the relay of this worker does; in {@code /actuator/health} as "relay". */
@Component
class RelayHealthIndicator implements HealthIndicator {

  private final LogRelay relay;

  RelayHealthIndicator(LogRelay relay) {
    this.relay = relay;
  }

  @Override
  public Health health() {
    RelayStatus status = relay.status();
    Health.Builder health =
        switch (status.state()) {
          case STOPPED, STARTING, STANDBY, LEADING -> Health.up();
          case BACKING_OFF, REFUSED -> Health.down();
        };
    health.withDetail("state", status.state()).withDetail("since", status.since());
    if (status.reason() != null) {
      health.withDetail("reason", status.reason());
    }
    return health.build();
  }
}
