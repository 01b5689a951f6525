package io.agentorchestrator.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.Servers;
import io.agentorchestrator.local.Site;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What keeps PostgreSQL from clearing away is seen, and told of from the stated bounds on. */
class HousekeepingIT {

  private final Site site = Site.fresh();

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(Servers.shared().jdbcUrl(site.name()));
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Test
  void seesHowLongTheOldestTransactionIsOpen() throws SQLException {
    try (Connection idle = connect();
        Connection looking = connect()) {
      assertThat(Housekeeping.read(looking, new ArrayList<>()).longestTransactionSeconds())
          .isZero();

      idle.setAutoCommit(false);
      execute(idle, "SELECT 1");

      await().atMost(Duration.ofSeconds(10)).until(() -> longest(looking) > 0.5);
      List<String> problems = new ArrayList<>();
      assertThat(Housekeeping.read(looking, problems).longestTransactionSeconds())
          .isLessThan(Housekeeping.LONG_TRANSACTION);
      assertThat(problems).isEmpty();
    }
  }

  private static double longest(Connection looking) {
    Double seconds = Housekeeping.read(looking, new ArrayList<>()).longestTransactionSeconds();
    return seconds == null ? -1 : seconds;
  }

  /** Of a table of the same name: what it holds makes no difference to what is counted. */
  @Test
  void tellsOfATableWhoseDeadOutnumberTheLiving() throws SQLException {
    try (Connection connection = connect()) {
      execute(connection, "CREATE TABLE tasks (id integer) WITH (autovacuum_enabled = false)");
      execute(connection, "INSERT INTO tasks SELECT generate_series(1, 120000)");
      List<String> few = new ArrayList<>();
      await().until(() -> dead(connection, few) == 0);
      assertThat(few).isEmpty();

      execute(connection, "DELETE FROM tasks WHERE id > 1000");

      await().atMost(Duration.ofSeconds(30)).until(() -> dead(connection, few) == 119_000);
      List<String> problems = new ArrayList<>();
      Housekeeping.read(connection, problems);
      assertThat(problems)
          .singleElement()
          .asString()
          .contains("tasks has 119000 dead rows and 1000 living ones");

      execute(connection, "VACUUM tasks");
      List<String> after = new ArrayList<>();
      await().atMost(Duration.ofSeconds(30)).until(() -> dead(connection, after) == 0);
    }
  }

  private static long dead(Connection connection, List<String> problems) {
    problems.clear();
    var tuples = Housekeeping.read(connection, problems).deadTuples();
    return tuples == null ? -1 : tuples.getOrDefault("tasks", -1L);
  }
}
