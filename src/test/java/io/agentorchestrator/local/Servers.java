package io.agentorchestrator.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * PostgreSQL and Kafka for the tests: in containers where a Docker engine answers, else embedded.
 * {@code -Dorchestrator.infrastructure=containers|embedded} decides instead.
 */
public final class Servers implements AutoCloseable {

  static final String INFRASTRUCTURE = "orchestrator.infrastructure";

  /** Where tests keep what outlasts them, as the build keeps its own. */
  static final Path TARGET = Path.of("target", "local").toAbsolutePath();

  private static @Nullable Servers shared;

  private final PostgresAddress postgres;
  private final String bootstrapServers;
  private final List<AutoCloseable> inOrderOfClosing;

  private Servers(
      PostgresAddress postgres, String bootstrapServers, List<AutoCloseable> inOrderOfClosing) {
    this.postgres = postgres;
    this.bootstrapServers = bootstrapServers;
    this.inOrderOfClosing = inOrderOfClosing;
  }

  /**
   * The pair all tests of this JVM share, started by whoever asks first. It ends with the JVM,
   * after the Spring contexts, and leaves nothing behind. Take a database and topics of your own.
   */
  public static synchronized Servers shared() {
    if (shared == null) {
      Servers servers = start();
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    awaitSpring();
                    servers.close();
                  },
                  "servers"));
      shared = servers;
    }
    return shared;
  }

  /** A pair that somebody else starts, stops and kills. */
  public static Servers of(PostgresAddress postgres, String bootstrapServers) {
    return new Servers(postgres, bootstrapServers, List.of());
  }

  /** Where it is, and {@link PostgresAddress#createDatabaseIfMissing}. */
  public PostgresAddress postgres() {
    return postgres;
  }

  /** {@link PostgresAddress#databaseUrl} of this pair's PostgreSQL. */
  public String databaseUrl(String database) {
    return postgres.databaseUrl(database);
  }

  /** {@link PostgresAddress#jdbcUrl} of this pair's PostgreSQL. */
  public String jdbcUrl(String database) {
    return postgres.jdbcUrl(database);
  }

  /** {@link PostgresAddress#createDatabaseIfMissing} of this pair's PostgreSQL. */
  public void createDatabaseIfMissing(String database) {
    postgres.createDatabaseIfMissing(database);
  }

  /** Host and port, as {@code bootstrap.servers} takes them. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** Stops both. */
  @Override
  public void close() {
    for (AutoCloseable server : inOrderOfClosing) {
      try {
        server.close();
      } catch (Exception e) {
        throw new IllegalStateException("Cannot stop " + server, e);
      }
    }
  }

  /** Starts a PostgreSQL for one test, which may stop and kill it; always an embedded one. */
  public static LocalPostgres startPostgres(Path folder) {
    return LocalPostgres.start(postgresBinaries(), folder.resolve("postgres"), 0, postgresLog());
  }

  /**
   * Starts one likewise, on a port that the test keeps, with settings of its own.
   *
   * @param data its data folder, used as it is unless it is new
   */
  public static LocalPostgres startPostgres(
      Path data, ReservedPort port, Path log, Map<String, String> settings) {
    return LocalPostgres.start(postgresBinaries(), data, port.number(), log, settings);
  }

  /** The programs for embedded servers in tests, unpacked once for all of them. */
  static PostgresBinaries postgresBinaries() {
    return PostgresBinaries.unpackedIn(TARGET);
  }

  /** The file the embedded servers of tests log to. */
  static Path postgresLog() {
    return TARGET.resolve("logs").resolve("postgresql.log");
  }

  static Infrastructure infrastructure(@Nullable String asked) {
    if (asked == null || asked.isBlank()) {
      return DockerClientFactory.instance().isDockerAvailable()
          ? Infrastructure.CONTAINERS
          : Infrastructure.EMBEDDED;
    }
    for (Infrastructure known : Infrastructure.values()) {
      if (known.name().toLowerCase(Locale.ROOT).equals(asked)) {
        return known;
      }
    }
    throw new StartRefused(
        "-D%s=%s is neither containers nor embedded.".formatted(INFRASTRUCTURE, asked));
  }

  private static Servers start() {
    return switch (infrastructure(System.getProperty(INFRASTRUCTURE))) {
      case CONTAINERS -> startContainers();
      case EMBEDDED -> startEmbedded();
    };
  }

  private static Servers startEmbedded() {
    Path folder;
    try {
      folder = Files.createTempDirectory("agent-orchestrator-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    LocalPostgres postgres =
        LocalPostgres.start(postgresBinaries(), folder.resolve("postgres"), 0, postgresLog());
    LocalKafka kafka;
    try {
      kafka = LocalKafka.start(folder.resolve("kafka"), 0);
    } catch (RuntimeException e) {
      postgres.close();
      throw e;
    }
    return new Servers(
        postgres.address(),
        kafka.bootstrapServers(),
        List.of(kafka, postgres, () -> Folders.delete(folder)));
  }

  @SuppressWarnings("resource") // Closed with the pair.
  private static Servers startContainers() {
    List<String> command = new ArrayList<>(List.of("postgres"));
    LocalPostgres.SETTINGS.forEach(
        (name, value) -> command.addAll(List.of("-c", name + "=" + value)));
    PostgreSQLContainer postgres =
        new PostgreSQLContainer("postgres:18")
            .withUsername(LocalPostgres.USER)
            .withPassword(LocalPostgres.PASSWORD)
            .withEnv("POSTGRES_INITDB_ARGS", String.join(" ", LocalPostgres.INITDB_OPTIONS))
            .withCommand(command.toArray(String[]::new));
    KafkaContainer kafka = new KafkaContainer("apache/kafka:4.2.1");
    for (Map.Entry<String, String> setting : LocalKafka.SETTINGS.entrySet()) {
      String name = setting.getKey().toUpperCase(Locale.ROOT).replace('.', '_');
      kafka.addEnv("KAFKA_" + name, setting.getValue());
    }
    postgres.start();
    kafka.start();
    PostgresAddress address =
        new PostgresAddress(
            postgres.getHost(),
            postgres.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT),
            LocalPostgres.USER,
            LocalPostgres.PASSWORD);
    return new Servers(address, kafka.getBootstrapServers(), List.of(kafka, postgres));
  }

  /**
   * Spring closes its contexts in a shutdown hook too, and all hooks run at once: gives that one a
   * moment to appear, and then the time to end, so that nobody loses a server while closing.
   */
  private static void awaitSpring() {
    try {
      Awaitility.await()
          .pollDelay(Duration.ZERO)
          .atMost(Duration.ofMillis(300))
          .until(() -> springHook().isPresent());
      springHook().orElseThrow().join(Duration.ofSeconds(30));
    } catch (ConditionTimeoutException | NoSuchElementException e) {
      // No context to close, or it is closed by now.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Optional<Thread> springHook() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("SpringApplicationShutdownHook"))
        .findAny();
  }

  /** Where the pair runs. */
  enum Infrastructure {
    CONTAINERS,
    EMBEDDED
  }
}
