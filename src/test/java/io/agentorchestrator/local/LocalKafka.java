package io.agentorchestrator.local;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;

/**
 * A real Kafka in this JVM, on 127.0.0.1, broker and controller in one, whose data outlives it.
 *
 * <p>What it logs goes where Logback sends {@code org.apache.kafka} and {@code kafka}; see {@code
 * logback-test.xml}. To kill a broker, run it in a JVM of its own with {@link LocalRunProcess}.
 */
public final class LocalKafka implements AutoCloseable {

  /** What one broker alone needs, and what makes it quick; containers are started with the same. */
  static final Map<String, String> SETTINGS =
      Map.ofEntries(
          Map.entry("auto.create.topics.enable", "false"),
          Map.entry("default.replication.factor", "1"),
          Map.entry("offsets.topic.replication.factor", "1"),
          Map.entry("offsets.topic.num.partitions", "3"),
          Map.entry("transaction.state.log.replication.factor", "1"),
          Map.entry("transaction.state.log.min.isr", "1"),
          Map.entry("transaction.state.log.num.partitions", "3"),
          Map.entry("share.coordinator.state.topic.replication.factor", "1"),
          Map.entry("share.coordinator.state.topic.min.isr", "1"),
          Map.entry("share.coordinator.state.topic.num.partitions", "3"),
          // Long enough for all consumers of a worker: one by one, each would set the others back
          // by 3 s.
          Map.entry("group.initial.rebalance.delay.ms", "500"),
          // A broker that was killed is let in again when its session is over, 9 s unless told
          // otherwise.
          Map.entry("broker.session.timeout.ms", "2000"),
          Map.entry("broker.heartbeat.interval.ms", "400"),
          // Transactions one right after the other wait this long, 20 ms unless told otherwise.
          Map.entry("add.partitions.to.txn.retry.backoff.ms", "1"),
          // The cleaner takes this much memory at once, 128 MiB unless told otherwise.
          Map.entry("log.cleaner.dedupe.buffer.size", "8388608"));

  /** The one node's id. */
  public static final int NODE = 1;

  private final KafkaRaftServer server;
  private final String bootstrapServers;

  /**
   * A second way to the broker, for clients that are to talk through a proxy: they learn the
   * proxy's address from the broker too, and so never go around it.
   *
   * @param port where the broker listens for the proxy
   * @param proxyPort where the proxy listens, which is what these clients are told
   */
  public record Proxied(int port, int proxyPort) {}

  private LocalKafka(KafkaRaftServer server, String bootstrapServers) {
    this.server = server;
    this.bootstrapServers = bootstrapServers;
  }

  /**
   * Starts a broker and waits until it takes connections.
   *
   * @param data its data folder, formatted when new, used as it is when not
   * @param port 0 for any free one
   */
  static LocalKafka start(Path data, int port) {
    return start(data, port, Optional.empty());
  }

  /** Starts one likewise that can also be reached through a proxy. */
  static LocalKafka start(Path data, int port, Optional<Proxied> proxied) {
    return start(data, "127.0.0.1:" + (port == 0 ? Ports.free() : port), proxied, Map.of());
  }

  /**
   * Starts one with listeners of a test's own.
   *
   * @param bootstrapServers where it is to be found
   * @param listeners settings that say how, of the brokers' and the controller's listeners alike;
   *     they win over all others
   */
  public static LocalKafka start(
      Path data, String bootstrapServers, Map<String, String> listeners) {
    return start(data, bootstrapServers, Optional.empty(), listeners);
  }

  private static LocalKafka start(
      Path data, String bootstrapServers, Optional<Proxied> proxied, Map<String, String> more) {
    Path folder = Folders.create(data.toAbsolutePath().normalize());
    if (!Files.exists(folder.resolve("meta.properties"))) {
      format(folder);
    }
    Map<String, String> settings = serverSettings(folder, bootstrapServers, proxied);
    settings.putAll(more);
    KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.apply(settings, false), Time.SYSTEM);
    try {
      server.startup();
    } catch (RuntimeException e) {
      stop(server);
      throw e;
    }
    return new LocalKafka(server, bootstrapServers);
  }

  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** Stops it in order; the data stays. */
  @Override
  public void close() {
    stop(server);
  }

  private static void stop(KafkaRaftServer server) {
    server.shutdown();
    server.awaitShutdown();
  }

  private static Map<String, String> serverSettings(
      Path data, String bootstrapServers, Optional<Proxied> proxied) {
    String controller = "127.0.0.1:" + Ports.free();
    String listeners = "CLIENTS://" + bootstrapServers;
    String advertised = listeners;
    if (proxied.isPresent()) {
      listeners += ",PROXIED://127.0.0.1:" + proxied.get().port();
      advertised += ",PROXIED://127.0.0.1:" + proxied.get().proxyPort();
    }
    Map<String, String> settings = new HashMap<>(SETTINGS);
    settings.put("process.roles", "broker,controller");
    settings.put("node.id", Integer.toString(NODE));
    settings.put("listeners", listeners + ",CONTROLLER://" + controller);
    settings.put("advertised.listeners", advertised);
    settings.put(
        "listener.security.protocol.map",
        "CLIENTS:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT");
    settings.put("inter.broker.listener.name", "CLIENTS");
    settings.put("controller.listener.names", "CONTROLLER");
    settings.put("controller.quorum.voters", NODE + "@" + controller);
    settings.put("log.dirs", data.toString());
    return settings;
  }

  private static void format(Path data) {
    Formatter formatter =
        new Formatter()
            .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
            .setNodeId(NODE)
            .setClusterId(Uuid.randomUuid().toString())
            .setControllerListenerName("CONTROLLER")
            .setMetadataLogDirectory(data.toString())
            .addDirectory(data.toString())
            .setPrintStream(
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    try {
      formatter.run();
    } catch (Exception e) {
      throw new IllegalStateException("Cannot format a Kafka data folder at " + data, e);
    }
  }
}
