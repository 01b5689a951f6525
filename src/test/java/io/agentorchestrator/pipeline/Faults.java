package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.local.LocalWorker;

/** What must never happen at a site, whatever is asked of it. */
final class Faults {

  private Faults() {}

  /** Sees to it that nobody waited in a circle, and no command went to the dead letters. */
  static void assertNone(Pipeline pipeline) {
    assertThat(
            Settling.count(
                pipeline.site(),
                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
        .as("deadlocks")
        .isZero();
    for (LocalWorker worker : pipeline.workers()) {
      assertThat(Pipeline.counted(worker, "orchestrator_database_errors_total"))
          .as("errors of the database")
          .isZero();
    }
    try (TopicReader deadLetters = pipeline.reader("orchestrator.commands.dead-letter")) {
      assertThat(deadLetters.toTheEnd()).as("dead letters").isEmpty();
    }
  }
}
