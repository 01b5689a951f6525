package io.agentorchestrator.database;

import io.agentorchestrator.local.Site;
import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Settings of a test, with the defaults of all others. */
final class SomeProperties {

  private SomeProperties() {}

  static DatabaseProperties of(Site site, Map<String, String> more) {
    return of(site.servers().databaseUrl(site.name()), more);
  }

  static DatabaseProperties of(String url, Map<String, String> more) {
    Map<String, String> all = new HashMap<>(more);
    all.put("orchestrator.database.url", url);
    return new Binder(new MapConfigurationPropertySource(all))
        .bindOrCreate("orchestrator.database", DatabaseProperties.class);
  }
}
