package io.agentorchestrator.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.agentorchestrator.local.Servers;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** Fails where a new HikariCP words its log differently. */
class ConnectionLeaksIT {

  @Test
  void countsConnectionsThatAreNotGivenBackAndThoseThatAreAfterAll() throws SQLException {
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    ConnectionLeaks leaks = new ConnectionLeaks(meters, new CurrentWork());
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setPoolName("leaking");
      pool.setJdbcUrl(Servers.shared().jdbcUrl("postgres"));
      pool.setMinimumIdle(1);
      pool.setMaximumPoolSize(2);
      pool.setLeakDetectionThreshold(2000);
      try (Connection kept = pool.getConnection()) {
        try (Connection second = pool.getConnection()) {
          await().until(() -> leaks.suspected() == 2);
          assertThat(meters.scrape()).contains("orchestrator_connection_leaks_suspected 2.0");
          assertThat(second.isValid(1)).isTrue();
        }
        await().until(() -> leaks.suspected() == 1);
        assertThat(leaks.total()).isEqualTo(2);
        assertThat(kept.isValid(1)).isTrue();
      }
      await().until(() -> leaks.suspected() == 0);
      assertThat(leaks.total()).isEqualTo(2);
      assertThat(meters.scrape())
          .contains("orchestrator_connection_leaks_total 2.0")
          .contains("orchestrator_connection_leaks_suspected 0.0");
    } finally {
      leaks.destroy();
    }
  }
}
