package io.agentorchestrator.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether PostgreSQL gets to clear away what changes leave behind. What is not known is null.
 *
 * @param longestTransactionSeconds since when the oldest open transaction of this database runs, as
 *     far as the role may see; 0 where there is none. Nothing that died since can be cleared away.
 * @param deadTuples of the tables that change all the time, by name, as PostgreSQL estimates them
 */
record Housekeeping(
    @Nullable Double longestTransactionSeconds, @Nullable Map<String, Long> deadTuples) {

  static final Housekeeping UNKNOWN = new Housekeeping(null, null);

  /** Begins a sentence. */
  static final String WHAT_IT_IS = "How long transactions are open and how many rows are dead";

  /** In seconds; none of this product's own may last that long. */
  static final double LONG_TRANSACTION = 600;

  /** From so many on they count, if they outnumber the living. */
  static final long MANY_DEAD = 100_000;

  private static final String LONGEST =
      """
      SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)
      FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend'
        AND pid <> pg_backend_pid()
      """;

  private static final String TUPLES =
      """
      SELECT relname, n_live_tup, n_dead_tup FROM pg_stat_user_tables
      WHERE schemaname = current_schema() AND relname = ANY (?)
      """;

  private static final String[] HOT = {
    "agents",
    "agent_activity",
    "entity_count_changes",
    "entity_count_fold",
    "entity_counts",
    "heard_partitions",
    "relay_progress",
    "service_checks",
    "task_labels",
    "tasks",
    "workflow_progress",
    "workflows"
  };

  /** Reads it, and adds what is wrong, and what of it cannot be read. */
  static Housekeeping read(Connection connection, List<String> problems) {
    Double longest =
        Attempt.read(
            "The age of the oldest transaction", problems, () -> longestTransaction(connection));
    if (longest != null && longest > LONG_TRANSACTION) {
      problems.add(
          "A transaction has been open for %.0f s; until it ends, dead rows cannot be cleared away."
              .formatted(longest));
    }
    return new Housekeeping(
        longest,
        Attempt.read("The number of dead rows", problems, () -> deadTuples(connection, problems)));
  }

  private static double longestTransaction(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(LONGEST)) {
      row.next();
      return Math.max(0, Math.round(row.getDouble(1) * 1e3) / 1e3);
    }
  }

  private static Map<String, Long> deadTuples(Connection connection, List<String> problems)
      throws SQLException {
    Map<String, Long> deadTuples = new TreeMap<>();
    try (PreparedStatement statement = connection.prepareStatement(TUPLES)) {
      statement.setArray(1, connection.createArrayOf("text", HOT));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          String table = row.getString(1);
          long live = row.getLong(2);
          long dead = row.getLong(3);
          deadTuples.put(table, dead);
          if (dead >= MANY_DEAD && dead > live) {
            problems.add(
                "The table %s has %d dead rows and %d living ones: it is not vacuumed often enough."
                    .formatted(table, dead, live));
          }
        }
      }
    }
    return deadTuples;
  }
}
