package io.agentorchestrator.faults;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A disk so small that a test can fill it: a tmpfs of its own. It takes root on Linux to mount one.
 */
final class SmallDisk implements AutoCloseable {

  private static final int CHUNK = 64 * 1024;

  private final Path folder;

  private SmallDisk(Path folder) {
    this.folder = folder;
  }

  /**
   * Mounts one.
   *
   * @param folder where, an empty folder
   * @throws IllegalStateException if this machine does not let us; a fault that cannot happen here
   *     must not pass for one that did no harm
   */
  static SmallDisk mount(Path folder, int mebibytes) {
    run(
        "Expected to mount a small tmpfs, which takes root on Linux, but cannot",
        List.of(
            "mount",
            "-t",
            "tmpfs",
            "-o",
            "size=%dm,mode=700".formatted(mebibytes),
            "small-disk",
            folder.toString()));
    return new SmallDisk(folder);
  }

  /** Where it is. */
  Path folder() {
    return folder;
  }

  /** How many bytes more it can take. */
  long free() {
    try {
      FileStore store = Files.getFileStore(folder);
      return store.getUsableSpace();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fills it to the last byte, but for so many. */
  void fill(long leave) {
    try (OutputStream out = Files.newOutputStream(ballast())) {
      byte[] chunk = new byte[CHUNK];
      for (long left = free() - leave; left > 0; left = free() - leave) {
        out.write(chunk, 0, (int) Math.min(CHUNK, left));
        out.flush();
      }
    } catch (IOException e) {
      if (free() > leave) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Empties it of what filled it. */
  void relieve() {
    try {
      Files.deleteIfExists(ballast());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes it away, with all that is on it. Nobody may use it any more. */
  @Override
  public void close() {
    run("Expected to unmount the small disk, but cannot", List.of("umount", folder.toString()));
  }

  private Path ballast() {
    return folder.resolve("ballast");
  }

  private static void run(String failure, List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException("%s: %s".formatted(failure, said.strip()));
      }
    } catch (IOException e) {
      throw new IllegalStateException("%s: %s".formatted(failure, e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(failure, e);
    }
  }
}
