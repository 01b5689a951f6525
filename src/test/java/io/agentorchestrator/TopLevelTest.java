package io.agentorchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Keeps the top level of the repository to the entries that a visitor has been told about. */
class TopLevelTest {

  private static final Set<String> EXPECTED =
      Set.of(
          "pom.xml",
          "src",
          "docker-compose.yml",
          "schemas",
          "ops",
          "README.md",
          "CONTRIBUTING.md",
          "LICENSE");

  @Test
  void holdsNoOtherEntries() throws IOException, InterruptedException {
    // Given
    Path root = Path.of("").toAbsolutePath();

    // When
    Set<String> entries = Files.exists(root.resolve(".git")) ? tracked(root) : listed(root);

    // Then
    assertThat(entries).contains("pom.xml", "src");
    assertThat(entries).filteredOn(name -> !name.startsWith(".")).isSubsetOf(EXPECTED);
  }

  private static Set<String> tracked(Path root) throws IOException, InterruptedException {
    // A checkout may belong to another user, as in a container; git would refuse to read it.
    ProcessBuilder git =
        new ProcessBuilder("git", "-c", "safe.directory=" + root, "ls-files", "-z")
            .directory(root.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    // Set where the build runs from a git hook, and they would name another index.
    git.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
    Process process = git.start();
    String paths = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("exit code of git ls-files").isZero();
    return Arrays.stream(paths.split("\0"))
        .map(path -> path.split("/", 2)[0])
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * A source archive has no index, and what the build has written beside the sources is no fault.
   */
  private static Set<String> listed(Path root) throws IOException {
    try (var paths = Files.list(root)) {
      return paths
          .map(path -> path.getFileName().toString())
          .filter(name -> !name.equals("target"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }
}
