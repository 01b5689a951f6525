package io.agentorchestrator.shutdown;

import io.agentorchestrator.local.ShippedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** A JVM that ends in an unusual way, started with the shipped image's options. */
final class ChildJvm {

  private ChildJvm() {}

  /**
   * Starts a program with a small heap.
   *
   * @param program its {@code premain(String)} is all there is of it: as an agent, for the local
   *     run is to stay the one {@code main} of the test sources
   */
  static Process start(Class<?> program, String argument) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ShippedImage.jvmOptions());
    command.addAll(List.of("-Xmx48m", "-XX:MaxDirectMemorySize=16m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("-javaagent:%s=%s".formatted(agent(program), argument));
    command.add("nothing.Else");
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  /** A jar that only names the class, which is on the class path. */
  private static Path agent(Class<?> program) throws IOException {
    Path jar = Files.createTempFile("program-", ".jar");
    jar.toFile().deleteOnExit();
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", program.getName());
    try (OutputStream out = Files.newOutputStream(jar)) {
      new JarOutputStream(out, manifest).close();
    }
    return jar;
  }

  /** Waits for its end, with what it printed in case it is wrong. */
  static String output(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
