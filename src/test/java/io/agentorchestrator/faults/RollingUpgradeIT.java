package io.agentorchestrator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.local.WorkerProcess;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Workers of this version and of one to come share a database, while one after the other is
 * replaced: forward, and back again.
 */
@Tag("faults")
class RollingUpgradeIT {

  /** Where this version's migrations are, and those of the one to come. */
  private static final String NEXT =
      "--spring.flyway.locations=classpath:db/migration,classpath:db/next";

  private final Cluster cluster = Cluster.shared();

  @Test
  void rollsForwardAndBack() {
    try (Scenario scenario = new Scenario("rolling upgrade", cluster, 2, 1400, 50)) {
      scenario.lastUntilJudged();
      scenario.rest(Duration.ofSeconds(2));
      assertThat(appliedMigrations(scenario)).doesNotContain("1000");
      WorkerProcess first = scenario.startWorker(NEXT).awaitReady();
      scenario.requireUnderLoad();
      scenario.inject("SIGTERM of the first of the next version", () -> scenario.stop(first));
      replaceAll(scenario, "the next version", NEXT);
      assertThat(appliedMigrations(scenario)).contains("1000");
      replaceAll(scenario, "the version before");
      scenario.judge();
    }
  }

  private static void replaceAll(Scenario scenario, String by, String... settings) {
    for (WorkerProcess worker : scenario.workers()) {
      scenario.note("a worker of " + by + " starts");
      scenario.startWorker(settings).awaitReady();
      scenario.awaitProgress();
      scenario.requireUnderLoad();
      scenario.inject("SIGTERM of a worker, replaced by " + by, () -> scenario.stop(worker));
    }
  }

  private static List<String> appliedMigrations(Scenario scenario) {
    return Databases.rows(
            scenario.site(), "SELECT version FROM flyway_schema_history WHERE success")
        .stream()
        .map(List::getFirst)
        .toList();
  }
}
