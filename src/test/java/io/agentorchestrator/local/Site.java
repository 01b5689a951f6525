package io.agentorchestrator.local;

import java.util.ArrayList;
import java.util.List;
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
    Servers servers = Servers.shared();
    String name = "site_%d_%d".formatted(ProcessHandle.current().pid(), COUNT.incrementAndGet());
    servers.createDatabaseIfMissing(name);
    return new Site(servers, name);
  }

  /** Returns the name of one of the contract's topics here. */
  public String topic(String name) {
    return this.name + "." + name;
  }

  /** Returns the worker's settings, as Spring Boot's command line takes them. */
  public List<String> settings() {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "--DATABASE_URL=" + servers.databaseUrl(name),
                "--KAFKA_BOOTSTRAP_SERVERS=" + servers.bootstrapServers(),
                "--orchestrator.relay.slot=" + name,
                "--orchestrator.commands.group=" + name,
                "--server.port=0",
                "--management.server.port=0"));
    setting(settings, "agent-commands", "orchestrator.commands.agents");
    setting(settings, "task-commands", "orchestrator.commands.tasks");
    setting(settings, "workflow-commands", "orchestrator.commands.workflows");
    setting(settings, "log", "orchestrator.log");
    setting(settings, "assignments", "orchestrator.assignments");
    setting(settings, "dead-letter", "orchestrator.commands.dead-letter");
    setting(settings, "relay-checkpoint", "orchestrator.relay.checkpoint");
    settings.add("--orchestrator.topics.partitions=4");
    return settings;
  }

  private void setting(List<String> settings, String property, String topic) {
    settings.add("--orchestrator.topics.%s=%s".formatted(property, topic(topic)));
  }
}
