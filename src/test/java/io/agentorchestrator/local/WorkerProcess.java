package io.agentorchestrator.local;

import io.agentorchestrator.AgentOrchestratorApplication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A worker in a JVM of its own, which can be killed. */
public final class WorkerProcess implements AutoCloseable {

  private final Process process;

  private WorkerProcess(Process process) {
    this.process = process;
  }

  /** Starts a worker; it says what it has to say in a file under {@code target}. */
  public static WorkerProcess start(Site site, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                "-Dorchestrator.local.logs="
                    + Path.of("target", "local", "logs", site.name()).toAbsolutePath(),
                AgentOrchestratorApplication.class.getName()));
    command.addAll(site.settings(more));
    Path output =
        Folders.create(Path.of("target", "local", "logs")).resolve(site.name() + ".output.log");
    try {
      return new WorkerProcess(
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends it with SIGKILL, and waits until it is gone. */
  public void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /** Whether it runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    kill();
  }
}
