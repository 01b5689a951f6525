package io.agentorchestrator.faults;

import io.agentorchestrator.local.Site;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import org.awaitility.Awaitility;

/** Looks into a site's database, past whatever lies between it and the worker. */
final class Databases {

  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private Databases() {}

  static Connection connect(Site site) throws SQLException {
    return DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
  }

  /** The rows that a query finds, each a list of its columns as text. */
  static List<List<String>> rows(Site site, String query) {
    try (Connection connection = connect(site);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      List<List<String>> rows = new ArrayList<>();
      while (row.next()) {
        List<String> columns = new ArrayList<>();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
          columns.add(String.valueOf(row.getString(i)));
        }
        rows.add(columns);
      }
      return rows;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static long count(Site site, String query) {
    return Long.parseLong(rows(site, query).getFirst().getFirst());
  }

  static void execute(Site site, String sql) {
    try (Connection connection = connect(site);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits until a count is as wanted; a database that is away for a while is asked again. */
  static void await(Site site, String query, LongPredicate wanted) {
    Awaitility.await(query)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100)) // Each a connection of its own.
        .ignoreExceptionsInstanceOf(IllegalStateException.class)
        .until(() -> wanted.test(count(site, query)));
  }
}
