package io.agentorchestrator.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * No documented read looks through a whole table, under PostgreSQL's own settings and with the
 * values that the worker sends. Here of a few rows; {@link ReadsScale} does it with millions.
 */
class SeededReadsIT {

  @Test
  void readNoTableAsAWhole() throws Exception {
    try (ReadsOfSeededData reads = new ReadsOfSeededData(new SeededData(40_000, 90_000))) {
      List<String> found = new ArrayList<>();
      for (String query : reads.queries()) {
        found.addAll(reads.wholeReads(query));
      }
      assertThat(found).isEmpty();
    }
  }
}
