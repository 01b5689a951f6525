package io.agentorchestrator.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Sends signals that Java has no method for, on Linux and macOS. */
public final class Signals {

  private Signals() {}

  /**
   * Sends one.
   *
   * @param signal its name, without {@code SIG}
   * @throws IllegalStateException if there is no such process
   */
  public static void send(String signal, ProcessHandle process) {
    try {
      // The shell's own: not every system has a program of that name.
      Process kill =
          new ProcessBuilder("sh", "-c", "kill -%s %d".formatted(signal, process.pid()))
              .redirectErrorStream(true)
              .start();
      String said = new String(kill.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (kill.waitFor() != 0) {
        throw new IllegalStateException(
            "SIG%s could not be sent to process %d: %s"
                .formatted(signal, process.pid(), said.strip()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
