package io.agentorchestrator.statistics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

class CountFoldingTest {

  @Test
  void countsEachTimeThatPostgresIsAway() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    CountFolding folding =
        new CountFolding(
            JdbcClient.create(new DriverManagerDataSource("jdbc:postgresql://127.0.0.1:1/none")),
            registry);

    folding.fold();
    folding.fold();

    assertThat(
            registry
                .get("orchestrator.database.errors")
                .tag("sqlstate_class", "08")
                .counter()
                .count())
        .isEqualTo(2);
  }
}
