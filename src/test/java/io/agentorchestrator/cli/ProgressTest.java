package io.agentorchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressTest {

  private final StringWriter err = new StringWriter();

  @Test
  void tellsHowFarItIs() {
    try (Progress known = progress(1000, true);
        Progress unknown = progress(0, true)) {
      assertThat(known.text(500, 2_000, Duration.ofSeconds(2)))
          .isEqualTo("[###############...............]  50 %  2,000 sent, 1,000/s");
      assertThat(known.text(2000, 1, Duration.ofSeconds(1)))
          .contains("[" + "#".repeat(30) + "] 100 %");
      assertThat(unknown.text(500, 30, Duration.ofSeconds(3))).isEqualTo("30 sent, 10/s");
    }
  }

  @Test
  void writesNothingWhereNobodyLooksOrItIsSoonOver() {
    try (Progress progress = progress(10, false)) {
      progress.at(5, 5);
    }
    try (Progress progress = progress(10, true)) {
      progress.at(5, 5);
    }

    assertThat(err.toString()).isEmpty();
  }

  private Progress progress(long total, boolean visible) {
    return new Progress(new PrintWriter(err, true), "sent", total, visible);
  }
}
