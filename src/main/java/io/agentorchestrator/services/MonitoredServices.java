package io.agentorchestrator.services;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Size;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The services to be monitored.
 *
 * @param services the services to be monitored, at most 200, none by default; each has a name of
 *     its own. What can be said of each stands under "Monitored services".
 */
@Validated
@ConfigurationProperties("orchestrator")
record MonitoredServices(@Size(max = 200) @DefaultValue List<@Valid MonitoredService> services) {

  /**
   * Checks that names are told apart.
   *
   * @throws IllegalArgumentException if two have the same
   */
  MonitoredServices {
    services = List.copyOf(services);
    Set<String> names = new HashSet<>();
    for (MonitoredService each : services) {
      if (!names.add(each.name())) {
        throw new IllegalArgumentException(
            "Expected each service to have a name of its own, but two are called %s."
                .formatted(each.name()));
      }
    }
  }
}
