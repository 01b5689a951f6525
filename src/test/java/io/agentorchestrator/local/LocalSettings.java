package io.agentorchestrator.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What can be changed about the local run, each by the system property named. {@code pom.xml} hands
 * them on from Maven's command line.
 *
 * @param folder {@code orchestrator.local.directory}: where data and logs live; default {@code
 *     .local}
 * @param binaries {@code orchestrator.local.binaries}: where PostgreSQL's programs are unpacked;
 *     default {@code binaries} in that folder
 * @param fresh {@code orchestrator.local.fresh}: {@code true} deletes that folder first; default
 *     {@code false}
 * @param parts {@code orchestrator.local.start}: what to start, a list of {@code postgres}, {@code
 *     kafka} and {@code worker}; default all. Without the worker, it can run in a debugger.
 * @param restPort {@code server.port}; default 8080
 * @param managementPort {@code management.server.port}; default 8081
 * @param kafkaPort {@code orchestrator.local.kafka-port}; default 9092
 * @param kafkaProxiedPort {@code orchestrator.local.kafka-proxied-port}: where Kafka listens
 *     besides, for a proxy; default 0, nowhere
 * @param kafkaProxyPort {@code orchestrator.local.kafka-proxy-port}: where that proxy listens, as
 *     Kafka tells those who come through it; default 0, with the other one only
 * @param postgresPort {@code orchestrator.local.postgres-port}; default 54329, which leaves an
 *     installed PostgreSQL alone. Ports are 0–65535; 0 takes any free one unless said otherwise.
 */
record LocalSettings(
    Path folder,
    Path binaries,
    boolean fresh,
    Set<Part> parts,
    int restPort,
    int managementPort,
    int kafkaPort,
    int kafkaProxiedPort,
    int kafkaProxyPort,
    int postgresPort) {

  static final String DIRECTORY = "orchestrator.local.directory";
  static final String BINARIES = "orchestrator.local.binaries";
  static final String FRESH = "orchestrator.local.fresh";
  static final String START = "orchestrator.local.start";
  static final String REST_PORT = "server.port";
  static final String MANAGEMENT_PORT = "management.server.port";
  static final String KAFKA_PORT = "orchestrator.local.kafka-port";
  static final String KAFKA_PROXIED_PORT = "orchestrator.local.kafka-proxied-port";
  static final String KAFKA_PROXY_PORT = "orchestrator.local.kafka-proxy-port";
  static final String POSTGRES_PORT = "orchestrator.local.postgres-port";

  /** The pieces of a local run, in the order in which they start. */
  enum Part {
    POSTGRES,
    KAFKA,
    WORKER
  }

  /**
   * Reads them.
   *
   * @param property a system property's value, or null
   * @throws StartRefused naming the property whose value makes no sense
   */
  static LocalSettings from(Function<String, @Nullable String> property) {
    Path folder = Path.of(value(property, DIRECTORY, ".local")).toAbsolutePath().normalize();
    return new LocalSettings(
        folder,
        Path.of(value(property, BINARIES, folder.resolve("binaries").toString())),
        fresh(value(property, FRESH, "false")),
        parts(value(property, START, "postgres,kafka,worker")),
        springPort(property, REST_PORT, 8080),
        springPort(property, MANAGEMENT_PORT, 8081),
        port(property, KAFKA_PORT, 9092),
        port(property, KAFKA_PROXIED_PORT, 0),
        port(property, KAFKA_PROXY_PORT, 0),
        port(property, POSTGRES_PORT, 54329));
  }

  boolean starts(Part part) {
    return parts.contains(part);
  }

  /** The way through a proxy that Kafka is to have besides. */
  Optional<LocalKafka.Proxied> kafkaProxied() {
    return kafkaProxiedPort == 0
        ? Optional.empty()
        : Optional.of(new LocalKafka.Proxied(kafkaProxiedPort, kafkaProxyPort));
  }

  Path logs() {
    return folder.resolve("logs");
  }

  /** All that will be listened on. */
  List<Ports.Wanted> ports() {
    List<Ports.Wanted> ports = new ArrayList<>();
    if (starts(Part.POSTGRES)) {
      ports.add(new Ports.Wanted("PostgreSQL", postgresPort, POSTGRES_PORT));
    }
    if (starts(Part.KAFKA)) {
      ports.add(new Ports.Wanted("Kafka", kafkaPort, KAFKA_PORT));
      ports.add(new Ports.Wanted("Kafka, for a proxy", kafkaProxiedPort, KAFKA_PROXIED_PORT));
    }
    if (starts(Part.WORKER)) {
      ports.add(new Ports.Wanted("the REST API", restPort, REST_PORT));
      ports.add(new Ports.Wanted("the management endpoints", managementPort, MANAGEMENT_PORT));
    }
    return ports;
  }

  private static boolean fresh(String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new StartRefused("-D%s=%s is neither true nor false.".formatted(FRESH, value));
    };
  }

  private static Set<Part> parts(String value) {
    Set<Part> parts = EnumSet.noneOf(Part.class);
    for (String name : value.split(",", -1)) {
      try {
        parts.add(Part.valueOf(name.strip().toUpperCase(Locale.ROOT)));
      } catch (IllegalArgumentException e) {
        throw new StartRefused(
            "-D%s=%s is not a list of postgres, kafka and worker.".formatted(START, value));
      }
    }
    return parts;
  }

  /**
   * Spring's own property, or the one of ours into which {@code pom.xml} puts it: handing Spring's
   * on under its name would override every other way to set it for {@code spring-boot:run} too.
   */
  private static int springPort(
      Function<String, @Nullable String> property, String name, int otherwise) {
    return property.apply(name) == null
        ? port(property, "orchestrator.local." + name, otherwise)
        : port(property, name, otherwise);
  }

  private static int port(Function<String, @Nullable String> property, String name, int otherwise) {
    String value = value(property, name, Integer.toString(otherwise));
    try {
      int port = Integer.parseInt(value);
      if (port >= 0 && port <= 65535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Refused below, like a number out of bounds.
    }
    throw new StartRefused(
        "-D%s=%s is not a port: a number from 0 (any free one) to 65535.".formatted(name, value));
  }

  private static String value(
      Function<String, @Nullable String> property, String name, String otherwise) {
    String value = property.apply(name);
    return value == null || value.isBlank() ? otherwise : value.strip();
  }
}
