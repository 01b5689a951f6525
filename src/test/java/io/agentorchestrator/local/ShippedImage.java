package io.agentorchestrator.local;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What the shipped image starts a worker with, as far as that goes without building it. */
public final class ShippedImage {

  private static final Path TEST_CLASSES = Path.of("target", "test-classes").toAbsolutePath();

  private ShippedImage() {}

  /** The JVM's options. */
  public static List<String> jvmOptions() {
    try {
      Matcher entrypoint =
          Pattern.compile("^ENTRYPOINT \\[\"java\", (.+), \"-jar\"", Pattern.MULTILINE)
              .matcher(Files.readString(Path.of("ops", "Dockerfile")));
      if (!entrypoint.find()) {
        throw new IllegalStateException("Expected an ENTRYPOINT of java, but there is none.");
      }
      return Arrays.stream(entrypoint.group(1).split(", "))
          .map(option -> option.replace("\"", ""))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Without the tests' classes and their settings, among them those of logging. */
  static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !Path.of(entry).toAbsolutePath().equals(TEST_CLASSES))
        .collect(Collectors.joining(File.pathSeparator));
  }
}
