package io.agentorchestrator.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.pipeline.Pipeline;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** What takes too long, here because somebody has locked the table. */
class SlowReadsIT {

  private final Reading reading = Reading.shared();

  @Test
  void namesTheFiltersThatTakeTooLong() throws Exception {
    Reading.Answer answer =
        whileLocked(
            "tasks", () -> reading.get("/tasks?tag=a&type=b&sort=priority&order=asc&limit=1"));

    assertThat(answer.problem(503)).startsWith("tag, type: ").contains("within 2 s");
    assertThat(Reading.texts(answer.json().get("filters"))).containsExactly("tag", "type");
    assertThat(answer.header("retry-after")).isNotEmpty();
  }

  @Test
  void namesThemWhereCountingTakesTooLongAndIsCountedOnce() throws Exception {
    double before = canceled();
    Reading.Answer answer =
        whileLocked("workflows", () -> reading.get("/workflows?user_id=a&count=true"));

    assertThat(Reading.texts(answer.json().get("filters"))).containsExactly("user_id");
    answer.problem(503);
    assertThat(canceled()).isEqualTo(before + 1);
  }

  @Test
  void blamesNoFilterWhereThereIsNone() throws Exception {
    Reading.Answer answer = whileLocked("agents", () -> reading.get("/agents?limit=7"));

    assertThat(answer.problem(503)).startsWith("The database cannot answer now.");
    assertThat(answer.header("retry-after")).isNotEmpty();
    assertThat(answer.json().has("filters")).isFalse();
  }

  private double canceled() {
    return Pipeline.counted(
        reading.worker(), "orchestrator_database_errors_total", "sqlstate_class=\"57\"");
  }

  private Reading.Answer whileLocked(String table, Callable<Reading.Answer> read) throws Exception {
    try (Connection connection = reading.connect()) {
      lock(connection, table);
      return read.call();
    }
  }

  private static void lock(Connection connection, String table) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("LOCK TABLE %s IN ACCESS EXCLUSIVE MODE".formatted(table));
    }
  }
}
