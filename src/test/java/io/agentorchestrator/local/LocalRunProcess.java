package io.agentorchestrator.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/**
 * A {@link LocalRun} in a JVM of its own, to be killed, stopped and started again on the same data.
 * With {@code orchestrator.local.start=kafka} it is a broker that a test can kill.
 */
public final class LocalRunProcess implements AutoCloseable {

  private final Process process;
  private final Path output;

  private LocalRunProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /**
   * Starts the JVM and returns at once.
   *
   * @param folder where data and logs live, and what the JVMs print, each to a file of its own
   * @param properties system properties, as {@link LocalSettings} names them
   */
  public static LocalRunProcess start(Path folder, Map<String, String> properties) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1"));
    command.add("-D" + LocalSettings.DIRECTORY + "=" + folder);
    command.add("-D" + LocalSettings.BINARIES + "=" + Servers.TARGET);
    properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(LocalRun.class.getName());
    try {
      Path output = Files.createTempFile(Folders.create(folder), "output-", ".txt");
      return new LocalRunProcess(
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start(),
          output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a broker, which a test may kill and start again on the same data and port. */
  public static LocalRunProcess startKafka(Path folder, int port) {
    return start(
            folder,
            Map.of(LocalSettings.START, "kafka", LocalSettings.KAFKA_PORT, Integer.toString(port)))
        .awaitReady();
  }

  /** Starts one likewise that can also be reached through a proxy. */
  public static LocalRunProcess startKafka(Path folder, int port, LocalKafka.Proxied proxied) {
    return start(
            folder,
            Map.of(
                LocalSettings.START,
                "kafka",
                LocalSettings.KAFKA_PORT,
                Integer.toString(port),
                LocalSettings.KAFKA_PROXIED_PORT,
                Integer.toString(proxied.port()),
                LocalSettings.KAFKA_PROXY_PORT,
                Integer.toString(proxied.proxyPort())))
        .awaitReady();
  }

  /** Waits until everything runs. */
  public LocalRunProcess awaitReady() {
    Awaitility.await("a local run that is ready")
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> !process.isAlive() || output().contains(LocalRun.READY));
    if (!process.isAlive()) {
      throw new IllegalStateException("The local run ended, having printed:\n" + output());
    }
    return this;
  }

  /** Waits for its end and returns the exit code. */
  public int awaitEnd() {
    Duration time = Duration.ofMinutes(1);
    return Processes.awaitEnd(process, time)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "The local run did not end within %s:%n%s".formatted(time, output())));
  }

  /** The JVM's process, to be frozen. */
  public List<ProcessHandle> processes() {
    return List.of(process.toHandle());
  }

  /** The JVM's process id. */
  public long pid() {
    return process.pid();
  }

  /** What it has printed so far. */
  public String output() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the JVM with SIGKILL. A PostgreSQL it had started lives on, as it would for a user. */
  public void kill() {
    Processes.kill(process);
  }

  /** Ends it with SIGTERM, in order, unless it has ended. */
  @Override
  public void close() {
    process.destroy();
    awaitEnd();
  }
}
