package io.agentorchestrator.services;

import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Services as they are configured. */
final class Services {

  private Services() {}

  /**
   * A service on this machine.
   *
   * @param more further settings, each a name and its value
   */
  static MonitoredService at(String url, String... more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("service.name", "Billing");
    settings.put("service.url", url);
    settings.put("service.timeout", "2s");
    settings.put("service.allowed-networks", "127.0.0.0/8,::1/128");
    for (int i = 0; i < more.length; i += 2) {
      settings.put("service." + more[i], more[i + 1]);
    }
    return new Binder(new MapConfigurationPropertySource(settings))
        .bind("service", MonitoredService.class)
        .get();
  }
}
