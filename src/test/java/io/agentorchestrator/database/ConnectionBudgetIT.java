package io.agentorchestrator.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agentorchestrator.database.ConnectionBudget.Limits;
import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.rest.Reading;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class ConnectionBudgetIT {

  private static DatabaseProperties properties(int workers) {
    return SomeProperties.of(
        "postgresql://h/d", Map.of("orchestrator.database.workers", Integer.toString(workers)));
  }

  @Test
  void letsAsManyInAsThereIsRoomFor() {
    assertThatCode(() -> ConnectionBudget.check(properties(2), new Limits(101, 3, 101)))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> ConnectionBudget.check(properties(2), new Limits(100, 3, 100)))
        .hasMessage(
            "2 workers (orchestrator.database.workers) may open 98 connections, each 49"
                + " (DB_POOL_SIZE 10, DB_MAX_OVERFLOW 20, DB_READ_POOL_SIZE 10, and 9 besides), but"
                + " PostgreSQL gives them 97 (max_connections 100, 3 of them reserved).");
    assertThatThrownBy(() -> ConnectionBudget.check(properties(1), new Limits(100, 3, 48)))
        .hasMessageContaining("gives them 48")
        .hasMessageContaining("limit of the role or the database 48");
  }

  @Test
  void refusesToStartWhereThePoolsAreTooLargeForTheServer() {
    assertThatThrownBy(
            () -> LocalWorker.start(Site.fresh(), "--orchestrator.database.workers=1000"))
        .hasStackTraceContaining("1000 workers (orchestrator.database.workers) may open 49000")
        .hasStackTraceContaining("max_connections 200");
  }

  /** Or the sum would be wrong. */
  @Test
  void countsEnoughBesidesThePools() throws SQLException {
    LocalWorker worker = Reading.shared().worker();
    try (Connection connection = worker.bean(DataSource.class).getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                """
                SELECT count(*) FILTER (WHERE application_name <> 'agent-orchestrator'),
                       count(*) FILTER (WHERE application_name = 'agent-orchestrator')
                FROM pg_stat_activity WHERE datname = current_database()
                """)) {
      row.next();
      assertThat(row.getInt(1)).isBetween(1, ConnectionBudget.BESIDES);
      assertThat(row.getInt(2)).isBetween(1, 40);
    }
  }
}
