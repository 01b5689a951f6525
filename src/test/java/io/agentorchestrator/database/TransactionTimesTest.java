package io.agentorchestrator.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class TransactionTimesTest {

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final TransactionTimes times = new TransactionTimes(registry);

  private long count(String outcome, boolean readOnly) {
    return registry
        .get("orchestrator.transactions")
        .tag("outcome", outcome)
        .tag("read_only", Boolean.toString(readOnly))
        .timer()
        .count();
  }

  @Test
  void tellsHowTransactionsEnd() {
    times.begin(false);
    times.committed();
    times.end();
    times.begin(false);
    times.end();
    times.begin(true);
    times.committed();
    times.end();

    assertThat(count("committed", false)).isOne();
    assertThat(count("rolled_back", false)).isOne();
    assertThat(count("committed", true)).isOne();
    assertThat(count("rolled_back", true)).isZero();
  }

  @Test
  void keepsApartOneThatAnotherWaitsFor() {
    times.begin(false);
    times.begin(true);
    times.committed();
    times.end();
    times.end();

    assertThat(count("committed", true)).isOne();
    assertThat(count("rolled_back", false)).isOne();
    assertThat(count("committed", false)).isZero();
  }
}
