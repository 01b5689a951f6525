package io.agentorchestrator.local;

import io.agentorchestrator.AgentOrchestratorApplication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A worker in a JVM of its own, which can be stopped, frozen and killed. Each start is another one
 * with ports and a folder of logs of its own.
 */
public final class WorkerProcess implements AutoCloseable {

  /** Soon up to speed: it is often killed before it would be worth more. */
  static final List<String> SMALL =
      List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private static final Duration STARTING = Duration.ofMinutes(3);
  private static final Duration ASKING = Duration.ofSeconds(5);
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final Process process;
  private final ReservedPort rest;
  private final ReservedPort management;
  private final Path logs;

  private WorkerProcess(Process process, ReservedPort rest, ReservedPort management, Path logs) {
    this.process = process;
    this.rest = rest;
    this.management = management;
    this.logs = logs;
  }

  /** What is to be told to a worker that is about to start. */
  public static final class Start {

    private final Site site;

    private final List<String> jvm = new ArrayList<>(SMALL);
    private final List<String> settings = new ArrayList<>();
    private boolean shipped;

    private Start(Site site) {
      this.site = site;
    }

    /** Adds options of the JVM; the last of those that contradict each other wins. */
    public Start jvm(String... options) {
      jvm.addAll(List.of(options));
      return this;
    }

    /** With the image's JVM options, and production's logging, which all goes to the output. */
    public Start asShipped() {
      jvm.addAll(0, ShippedImage.jvmOptions());
      shipped = true;
      return this;
    }

    /** Adds settings besides the site's, which win: {@code --name=value}. */
    public Start settings(String... more) {
      settings.addAll(List.of(more));
      return this;
    }

    /** Starts it, and returns at once. */
    public WorkerProcess start() {
      Path logs =
          Folders.create(
              Servers.TARGET
                  .resolve("logs")
                  .resolve(site.name())
                  .resolve("worker-" + COUNT.incrementAndGet()));
      ReservedPort rest = ReservedPort.take();
      ReservedPort management = ReservedPort.take();
      List<String> command = new ArrayList<>();
      command.add(java());
      command.addAll(
          shipped
              ? List.of("-cp", ShippedImage.classPath())
              : WorkerClasses.of(site.servers()).jvmOptions());
      command.addAll(jvm);
      command.add("-Dorchestrator.local.logs=" + logs);
      command.add(AgentOrchestratorApplication.class.getName());
      List<String> all = new ArrayList<>();
      all.add("--server.port=" + rest.number());
      all.add("--management.server.port=" + management.number());
      all.addAll(settings);
      command.addAll(site.settings(all.toArray(String[]::new)));
      try {
        ProcessBuilder builder =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(logs.resolve("output.log").toFile());
        Process process = builder.start();
        return new WorkerProcess(process, rest, management, logs);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** Prepares the start of a worker. */
  public static Start at(Site site) {
    return new Start(site);
  }

  /** Starts a worker, with settings besides the site's, and returns at once. */
  public static WorkerProcess start(Site site, String... more) {
    return at(site).settings(more).start();
  }

  /** Where its reads are. */
  public URI rest() {
    return URI.create("http://127.0.0.1:" + rest.number());
  }

  /** Where its actuator is. */
  public URI management() {
    return URI.create("http://127.0.0.1:" + management.number());
  }

  /** Where it says what it has to say: {@code worker.log}, and {@code output.log} besides. */
  public Path logs() {
    return logs;
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether it runs, or is frozen. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Asks for its health.
   *
   * @param part of it, such as {@code relay} or {@code readiness}; empty for all
   * @return the answer, whatever its status; empty if there is none, or not soon
   */
  public Optional<HttpResponse<String>> health(String part) {
    HttpRequest request =
        HttpRequest.newBuilder(management().resolve("/actuator/health/" + part))
            .timeout(ASKING)
            .build();
    try {
      return Optional.of(HTTP.send(request, HttpResponse.BodyHandlers.ofString()));
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * Waits until its readiness is up.
   *
   * @throws IllegalStateException with what it printed, if it ends before
   */
  public WorkerProcess awaitReady() {
    Awaitility.await("readiness of " + this)
        .atMost(STARTING)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> !isAlive() || isReady());
    if (!isAlive()) {
      throw new IllegalStateException("%s ended, having printed:%n%s".formatted(this, output()));
    }
    return this;
  }

  /** Whether its readiness is up. */
  public boolean isReady() {
    return health("readiness").filter(answer -> answer.statusCode() == 200).isPresent();
  }

  /**
   * Waits for its end.
   *
   * @return the exit code; of one that a signal ended, 128 and the signal's number
   * @throws IllegalStateException with what it printed and the stacks of its threads, if it does
   *     not end in time
   */
  public int awaitEnd(Duration time) {
    return Processes.awaitEnd(process, time)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "%s did not end within %s:%n%s".formatted(this, time, outputWithStacks())));
  }

  /** A JVM prints the stacks of its threads on SIGQUIT. One that is halted or gone does not. */
  private String outputWithStacks() {
    int before = output().length();
    if (isAlive()) {
      Signals.send("QUIT", process.toHandle());
      try {
        Awaitility.waitAtMost(ASKING).until(() -> output().length() > before);
      } catch (ConditionTimeoutException e) {
        return output() + "(It prints no stacks.)";
      }
    }
    return output();
  }

  /** Asks it to end, with SIGTERM, and returns at once. */
  public void stop() {
    process.destroy();
  }

  /** Freezes it, with SIGSTOP. Its connections stay, and nobody answers on them. */
  public void freeze() {
    Signals.send("STOP", process.toHandle());
  }

  /** Lets it go on, with SIGCONT. */
  public void thaw() {
    Signals.send("CONT", process.toHandle());
  }

  /** Ends it with SIGKILL, and waits until it is gone. */
  public void kill() {
    Processes.kill(process);
    rest.close();
    management.close();
  }

  /** What it has printed. */
  public String output() {
    try {
      return Files.readString(logs.resolve("output.log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    kill();
  }

  @Override
  public String toString() {
    return "The worker that logs to " + logs;
  }
}
