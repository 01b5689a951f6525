package io.agentorchestrator.local;

import io.agentorchestrator.AgentOrchestratorApplication;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * The classes of a {@link WorkerProcess} in jars, and an archive of them as the JVM keeps them once
 * they are loaded. A worker starts from it in little more than half the time; tests that kill one
 * after the other spend most of theirs on that.
 */
final class WorkerClasses {

  private static final long TRAINING_SECONDS = 180;

  private static @Nullable WorkerClasses made;

  private final Path folder;
  private final String classPath;

  private WorkerClasses(Path folder, String classPath) {
    this.folder = folder;
    this.classPath = classPath;
  }

  /**
   * Those of this JVM's class path, made by whoever asks first and gone with the JVM.
   *
   * @param servers for the start by which the JVM learns what to keep, at a site of its own
   */
  static synchronized WorkerClasses of(Servers servers) {
    WorkerClasses classes = made;
    if (classes == null) {
      Path folder =
          Folders.create(Servers.TARGET.resolve("worker-" + ProcessHandle.current().pid()));
      Runtime.getRuntime().addShutdownHook(new Thread(() -> Folders.delete(folder), "classes"));
      classes = new WorkerClasses(folder, jars(folder));
      classes.train(Site.fresh(servers));
      made = classes;
    }
    return classes;
  }

  /** What the JVM is to be started with, besides what the caller wants. */
  List<String> jvmOptions() {
    return List.of("-XX:SharedArchiveFile=" + archive(), "-cp", classPath);
  }

  private Path archive() {
    return folder.resolve("worker.jsa");
  }

  /** An archive is kept of jars only, so folders are put into some. */
  private static String jars(Path folder) {
    List<String> jars = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (!entry.isEmpty()) { // Surefire ends with a separator.
        jars.add(Files.isDirectory(Path.of(entry)) ? jar(folder, entry, jars.size()) : entry);
      }
    }
    return String.join(File.pathSeparator, jars);
  }

  private static String jar(Path folder, String classes, int number) {
    String file = folder.resolve("classes-%d.jar".formatted(number)).toString();
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said);
    int exit =
        ToolProvider.findFirst("jar")
            .orElseThrow()
            .run(out, out, "--create", "--file", file, "--no-compress", "-C", classes, ".");
    if (exit != 0) {
      throw new IllegalStateException("%s could not be made: %s".formatted(file, said));
    }
    return file;
  }

  private void train(Site site) {
    Path output = folder.resolve("training.log");
    List<String> command = new ArrayList<>();
    command.add(WorkerProcess.java());
    command.addAll(WorkerProcess.SMALL);
    command.add("-XX:ArchiveClassesAtExit=" + archive());
    command.add("-Dspring.context.exit=onRefresh");
    command.addAll(List.of("-cp", classPath, AgentOrchestratorApplication.class.getName()));
    command.addAll(site.settings());
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(TRAINING_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(
            "Expected a start within %d s, but it printed:%n%s"
                .formatted(TRAINING_SECONDS, Files.readString(output)));
      }
      if (process.exitValue() != 0 || !Files.exists(archive())) {
        throw new IllegalStateException(
            "Expected an archive, but the JVM ended with %d, having printed:%n%s"
                .formatted(process.exitValue(), Files.readString(output)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
