package io.agentorchestrator.local;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A database, topics and a replication slot of their own on shared servers: what one or several
 * workers share, and no other test sees.
 *
 * @param name the database's and the slot's name, and the prefix of the topics
 */
public record Site(Servers servers, String name) {

  private static final AtomicInteger COUNT = new AtomicInteger();

  /** Makes a site that nobody has used. */
  public static Site fresh() {
    return fresh(Servers.shared());
  }

  /** Makes a site that nobody has used on servers of a test's own. */
  public static Site fresh(Servers servers) {
    String name = "site_%d_%d".formatted(ProcessHandle.current().pid(), COUNT.incrementAndGet());
    servers.createDatabaseIfMissing(name);
    return new Site(servers, name);
  }

  /** Returns the name of one of the contract's topics here. */
  public String topic(String name) {
    return this.name + "." + name;
  }

  /**
   * Returns the worker's settings, as Spring Boot's command line takes them.
   *
   * @param more further ones, which win: {@code --name=value}
   */
  public List<String> settings(String... more) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("DATABASE_URL", servers.databaseUrl(name));
    settings.put("KAFKA_BOOTSTRAP_SERVERS", servers.bootstrapServers());
    settings.put("orchestrator.relay.slot", name);
    settings.put("orchestrator.commands.group", name);
    settings.put("server.port", "0");
    settings.put("management.server.port", "0");
    settings.put("orchestrator.topics.partitions", "4");
    Map.of(
            "agent-commands", "orchestrator.commands.agents",
            "task-commands", "orchestrator.commands.tasks",
            "workflow-commands", "orchestrator.commands.workflows",
            "log", "orchestrator.log",
            "assignments", "orchestrator.assignments",
            "dead-letter", "orchestrator.commands.dead-letter",
            "relay-checkpoint", "orchestrator.relay.checkpoint")
        .forEach((setting, topic) -> settings.put("orchestrator.topics." + setting, topic(topic)));
    for (String argument : more) {
      String[] setting = argument.substring("--".length()).split("=", 2);
      settings.put(setting[0], setting[1]);
    }
    return settings.entrySet().stream()
        .map(setting -> "--" + setting.getKey() + "=" + setting.getValue())
        .toList();
  }
}
