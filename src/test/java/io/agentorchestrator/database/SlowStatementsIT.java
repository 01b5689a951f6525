package io.agentorchestrator.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.pipeline.Settling;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SlowStatementsIT {

  private final Site site = Site.fresh();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final ListAppender<ILoggingEvent> told = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(SlowStatements.class);
  private final SlowStatements statements = new SlowStatements(properties(), registry);

  private DatabaseProperties properties() {
    return SomeProperties.of(site, Map.of("orchestrator.database.slow-statement", "300"));
  }

  private Connection connect() throws SQLException {
    return new DatabaseConnector(properties()).connect("agent-orchestrator");
  }

  @BeforeEach
  void watch() {
    told.start();
    logger.addAppender(told);
    statements.start();
    await()
        .until(
            () ->
                Settling.count(
                        site,
                        """
                        SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database
                        WHERE datname = current_database() AND locktype = 'advisory' AND granted
                        """)
                    == 1);
  }

  @AfterEach
  void stop() {
    statements.stop();
    logger.detachAppender(told);
  }

  private List<String> lines() {
    return List.copyOf(told.list).stream()
        .map(event -> event.getFormattedMessage() + " " + event.getKeyValuePairs())
        .toList();
  }

  @Test
  void tellsOfEachOnceWhileItRunsAndNeverOfItsValues() throws SQLException {
    try (Connection connection = connect();
        PreparedStatement slow =
            connection.prepareStatement("SELECT pg_sleep(?),\n  'secret', 42")) {
      slow.setDouble(1, 1.5);
      slow.execute();
      slow.setDouble(1, 0.01);
      slow.execute();
    }

    assertThat(lines())
        .singleElement()
        .asString()
        .contains("has been running for")
        .contains("SELECT pg_sleep($1), ?, ?")
        .contains("Timeout: PgSleep");
    assertThat(registry.get("orchestrator.slow.statements").counter().count()).isEqualTo(1);
  }

  @Test
  void tellsWhoIsInTheWay() throws Exception {
    try (Connection first = connect();
        Connection second = connect();
        Statement statement = first.createStatement();
        Statement waiting = second.createStatement()) {
      statement.execute("CREATE TABLE contended (id integer)");
      first.setAutoCommit(false);
      statement.execute("LOCK TABLE contended");
      CompletableFuture<Void> done =
          CompletableFuture.runAsync(() -> execute(waiting, "SELECT * FROM contended"));

      await().atMost(Duration.ofSeconds(10)).until(() -> !lines().isEmpty());
      first.rollback();
      done.join();

      assertThat(lines())
          .singleElement()
          .asString()
          .contains("server=\"primary\"")
          .contains("SELECT * FROM contended")
          .contains("Lock: relation")
          .containsPattern("blocked_by=\"\\d+\"");
    }
  }

  private static void execute(Statement statement, String sql) {
    try {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The other goes on where one ends. */
  @Test
  void isToldByOneWorkerAtATime() throws SQLException {
    SimpleMeterRegistry others = new SimpleMeterRegistry();
    SlowStatements second = new SlowStatements(properties(), others);
    second.start();
    try (Connection connection = connect();
        Statement slow = connection.createStatement()) {
      slow.execute("SELECT pg_sleep(1)");
      assertThat(count(registry) + count(others)).isEqualTo(1);

      statements.stop();
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> {
                slow.execute("SELECT pg_sleep(1)");
                return count(others) > 0 && count(registry) + count(others) > 1;
              });
    } finally {
      second.stop();
    }
  }

  private static double count(SimpleMeterRegistry registry) {
    return registry.get("orchestrator.slow.statements").counter().count();
  }

  @Test
  void showsTheShapeAlone() {
    assertThat(
            SlowStatements.shape(
                "SELECT a1, $2\n FROM t WHERE b = 'it''s' AND c > 1.5 OR d = 'cut"))
        .isEqualTo("SELECT a1, $2 FROM t WHERE b = ? AND c > ? OR d = ?");
  }
}
