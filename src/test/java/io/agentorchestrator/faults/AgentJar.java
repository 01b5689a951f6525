package io.agentorchestrator.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** The jar that a JVM wants of a Java agent; it only names a class that is on the class path. */
final class AgentJar {

  private AgentJar() {}

  /** What a JVM has to be started with. */
  static String option(Class<?> agent, Path argument) {
    return "-javaagent:%s=%s".formatted(of(agent), argument.toAbsolutePath());
  }

  /** Makes it, whole or not at all. */
  private static synchronized Path of(Class<?> agent) {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.putValue("Premain-Class", agent.getName());
    attributes.putValue("Can-Retransform-Classes", "true");
    try {
      Path folder = Files.createDirectories(Path.of("target", "local").toAbsolutePath());
      Path unfinished = Files.createTempFile(folder, "agent-", ".jar");
      new JarOutputStream(Files.newOutputStream(unfinished), manifest).close();
      return Files.move(
          unfinished,
          folder.resolve(agent.getSimpleName() + ".jar"),
          StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
