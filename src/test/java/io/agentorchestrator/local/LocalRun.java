package io.agentorchestrator.local;

import io.agentorchestrator.AgentOrchestratorApplication;
import io.agentorchestrator.local.LocalSettings.Part;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;

/**
 * The whole product on this machine: {@code mvn spring-boot:test-run} starts PostgreSQL, Kafka and
 * the worker on 127.0.0.1, and Ctrl-C ends them, the worker first. {@link LocalSettings} says what
 * can be changed.
 *
 * <p>Data survives in {@code .local}, however the last run ended. One run at a time uses the
 * folder; a lock in it sees to that, for a second one would take the first's PostgreSQL for a
 * left-over and stop it.
 *
 * <p>This is the one {@code main} of the test sources: the Maven plugin finds it by that.
 */
public final class LocalRun {

  /** What the last line of a start begins with. */
  static final String READY = "Ready.";

  private static final String DATABASE = "orchestrator";

  private final LocalSettings settings;
  private final Deque<AutoCloseable> running = new ArrayDeque<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private boolean stopping;

  private LocalRun(LocalSettings settings) {
    this.settings = settings;
  }

  /**
   * Starts everything and stays until the JVM gets a signal.
   *
   * @param arguments Spring Boot's, handed on to the worker
   */
  public static void main(String[] arguments) {
    try {
      LocalRun run = new LocalRun(LocalSettings.from(System::getProperty));
      run.start(arguments);
      run.ended.await();
    } catch (StartRefused e) {
      System.err.println(e.getMessage());
      System.exit(1);
    } catch (RuntimeException | Error | InterruptedException e) {
      e.printStackTrace();
      System.exit(1);
    }
  }

  private void start(String[] arguments) {
    Path folder = Folders.create(settings.folder());
    begin(() -> lock(folder.resolve("lock")));
    // Logback reads these when the first logger is asked for, and then opens its files.
    System.setProperty("orchestrator.local.logs", settings.logs().toString());
    System.setProperty("orchestrator.local.console-level", "INFO");
    if (settings.fresh()) {
      Folders.delete(settings.logs());
    }

    Path postgresData = folder.resolve("postgres");
    Path postgresLog = Folders.create(settings.logs()).resolve("postgresql.log");
    Path kafkaData = folder.resolve("kafka");
    PostgresBinaries binaries = PostgresBinaries.unpackedIn(settings.binaries());
    LocalPostgres.stopLeftOver(binaries, postgresData, postgresLog);
    Ports.requireFree(settings.ports());
    if (settings.fresh()) {
      Folders.delete(postgresData);
      Folders.delete(kafkaData);
    }

    Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "local-run"));
    List<String> ready = new ArrayList<>();
    List<String> walk = new ArrayList<>();
    if (settings.starts(Part.POSTGRES)) {
      LocalPostgres postgres =
          begin(
              () ->
                  LocalPostgres.start(
                      binaries, postgresData, settings.postgresPort(), postgresLog));
      postgres.createDatabaseIfMissing(DATABASE);
      System.setProperty("DATABASE_URL", postgres.databaseUrl(DATABASE));
      ready.add("PostgreSQL  " + postgres.jdbcUrl(DATABASE));
    }
    if (settings.starts(Part.KAFKA)) {
      LocalKafka kafka =
          begin(() -> LocalKafka.start(kafkaData, settings.kafkaPort(), settings.kafkaProxied()));
      System.setProperty("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
      ready.add("Kafka       " + kafka.bootstrapServers());
      walk.add("The first command; the README's \"A first walk\" goes on from here:");
      walk.add(firstCommand(kafka.bootstrapServers()));
    }
    if (settings.starts(Part.WORKER)) {
      System.setProperty(LocalSettings.REST_PORT, Integer.toString(settings.restPort()));
      System.setProperty(
          LocalSettings.MANAGEMENT_PORT, Integer.toString(settings.managementPort()));
      Environment environment = startWorker(arguments).getEnvironment();
      ready.addFirst(
          "Management  " + url(environment, "local.management.port") + "/actuator/health");
      ready.addFirst("REST        " + url(environment, "local.server.port") + "/api/v2/agents");
    }
    ready.add("Logs        " + settings.logs());
    announce(ready, walk);
  }

  /** Starts a part, unless the end has begun meanwhile; the end then waits for this one. */
  private synchronized <T extends AutoCloseable> T begin(Supplier<T> start) {
    if (stopping) {
      throw new StartRefused("Stopped before it was started.");
    }
    T started = start.get();
    running.push(started);
    return started;
  }

  private ConfigurableApplicationContext startWorker(String[] arguments) {
    SpringApplication application = new SpringApplication(AgentOrchestratorApplication.class);
    application.setMainApplicationClass(AgentOrchestratorApplication.class);
    // All shutdown hooks run at once, so there is one here, and it keeps the order.
    application.setRegisterShutdownHook(false);
    application.addInitializers(context -> begin(() -> context));
    try {
      return application.run(arguments);
    } catch (RuntimeException e) {
      throw new StartRefused("The worker did not start; what it says is above.");
    }
  }

  /** Ends what runs, in the reverse order of its start. */
  private synchronized void stop() {
    stopping = true;
    System.out.println("Stopping.");
    while (!running.isEmpty()) {
      AutoCloseable part = running.pop();
      try {
        part.close();
      } catch (Exception e) {
        System.err.println("Could not stop " + part + ": " + e);
      }
    }
    System.out.println("Stopped.");
    ended.countDown();
  }

  private static void announce(List<String> ready, List<String> walk) {
    System.out.println();
    ready.forEach(line -> System.out.println("  " + line));
    System.out.println();
    walk.forEach(line -> System.out.println("  " + line));
    System.out.println();
    System.out.println(READY + " Ctrl-C ends it all.");
  }

  private static String firstCommand(String bootstrapServers) {
    return """
        echo '{"specversion":"1.0","id":"first","source":"/me","type":"agent.register.v1",\
        "subject":"%1$s","data":{"name":"My agent","type":"demo","endpoint":"http://127.0.0.1:9000"}}' \
        | kcat -P -b %2$s -t orchestrator.commands.agents -k %1$s\
        """
        .formatted("019ab2c4-0000-7000-8000-000000000001", bootstrapServers);
  }

  private static String url(Environment environment, String property) {
    return "http://127.0.0.1:" + environment.getProperty(property);
  }

  /**
   * Takes the folder for this JVM; the operating system gives it back however the JVM ends.
   *
   * @return what holds the lock: collected as garbage, it would let go
   */
  private static FileChannel lock(Path file) {
    try {
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      if (channel.tryLock() == null) {
        throw new StartRefused(
            "Another local run, process %s, uses %s: end it, or choose another folder with -D%s=<folder>."
                .formatted(Files.readString(file), file.getParent(), LocalSettings.DIRECTORY));
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8)));
      return channel;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
