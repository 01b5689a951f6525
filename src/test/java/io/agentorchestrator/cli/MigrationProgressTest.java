package io.agentorchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.migration.OldKind;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class MigrationProgressTest {

  private static final String WIPE = "\r\u001b[K";

  private final StringWriter err = new StringWriter();

  private MigrationProgress progress(boolean visible) {
    return new MigrationProgress(new PrintWriter(err, true), visible);
  }

  /** It is drawn at most five times a second. */
  private void show(MigrationProgress progress, OldKind kind, long done, String text) {
    await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              progress.at(kind, done, 1000);
              return err.toString().contains(text);
            });
  }

  @Test
  void drawsABarForOneKindAfterTheOtherAndWipesThem() {
    try (MigrationProgress progress = progress(true)) {
      show(progress, OldKind.AGENT, 250, "]  25 %  250 agents");
      show(progress, OldKind.TASK, 500, "]  50 %  500 tasks");
    }

    assertThat(err.toString()).startsWith(WIPE + "[###").endsWith(WIPE);
  }

  @Test
  void isOffWhereThereIsNoTerminal() {
    try (MigrationProgress progress = progress(false)) {
      progress.at(OldKind.TASK, 1, 2);
      // By when a bar would have been drawn.
      await()
          .pollDelay(Duration.ofMillis(400))
          .until(
              () -> {
                progress.at(OldKind.TASK, 2, 2);
                return true;
              });
    }

    assertThat(err.toString()).isEmpty();
  }
}
