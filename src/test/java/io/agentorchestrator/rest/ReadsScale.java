package io.agentorchestrator.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/**
 * Every documented read at full size: none looks through a whole table, and each is answered within
 * what a read may take. Prints how long each takes. {@code mvn verify -Pscale}; {@code
 * -Dorchestrator.scale.tasks}, {@code -Dorchestrator.scale.entries} and {@code
 * -Dorchestrator.scale.repetitions} change the size. Ten million tasks and thirty million entries
 * take about 40 GB of disk.
 */
class ReadsScale {

  private static final long TASKS = Long.getLong("orchestrator.scale.tasks", 10_000_000);
  private static final long ENTRIES = Long.getLong("orchestrator.scale.entries", 30_000_000);
  private static final int REPETITIONS = Integer.getInteger("orchestrator.scale.repetitions", 100);

  @Test
  void answersEveryReadFromIndexesAndInTime() throws Exception {
    try (ReadsOfSeededData reads = new ReadsOfSeededData(new SeededData(TASKS, ENTRIES))) {
      List<String> queries = reads.queries();
      SoftAssertions softly = new SoftAssertions();
      for (String query : queries) {
        softly.check(() -> assertThat(reads.wholeReads(query)).isEmpty());
      }
      System.out.printf(
          "%,d tasks, %,d entries, %d times each, in ms:%n%8s %8s%n",
          TASKS, ENTRIES, REPETITIONS, "p50", "p99");
      for (String query : queries) {
        softly.check(
            () -> {
              double[] millis = reads.times(query, REPETITIONS);
              System.out.printf(
                  "%8.1f %8.1f  %s%n",
                  millis[millis.length / 2], millis[millis.length * 99 / 100], query);
            });
      }
      softly.assertAll();
    }
  }
}
