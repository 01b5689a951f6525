package io.agentorchestrator.database;

import io.agentorchestrator.sqlstate.Outages;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.stereotype.Component;

/**
 * Refuses a start where all workers together could ask for more connections than PostgreSQL gives:
 * under load, when each opens its last ones, some would be refused, and at the worst moment. Goes
 * by the primary; a replica's own limit is not looked at.
 */
@Component
class ConnectionBudget implements SmartInitializingSingleton {

  /**
   * What a worker opens besides its pools: for health, leadership, looks at the replica's age and
   * at slow statements, the relay (two and a stream), and migrations at the start (two).
   */
  static final int BESIDES = 9;

  private static final Logger LOG = LoggerFactory.getLogger(ConnectionBudget.class);

  /** The reserved ones of {@code pg_use_reserved_connections} are known from version 16 on. */
  private static final String LIMITS =
      """
      SELECT current_setting('max_connections')::integer,
             current_setting('superuser_reserved_connections')::integer
               + coalesce(current_setting('reserved_connections', true), '0')::integer,
             least(
               (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
               (SELECT nullif(datconnlimit, -1) FROM pg_database
                WHERE datname = current_database()))
      """;

  private final DatabaseProperties properties;

  ConnectionBudget(DatabaseProperties properties) {
    this.properties = properties;
  }

  /**
   * What PostgreSQL gives.
   *
   * @param max {@code max_connections}
   * @param reserved those of it kept for superusers
   * @param limit of the role or the database, the lower one; without one, the same as {@code max}
   */
  record Limits(int max, int reserved, int limit) {

    int given() {
      return Math.min(max - reserved, limit);
    }
  }

  /** Once the schema is there, and before any command is taken in. */
  @Override
  public void afterSingletonsInstantiated() {
    try (Connection connection =
            new DatabaseConnector(properties).connect("agent-orchestrator start");
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(LIMITS)) {
      row.next();
      int max = row.getInt(1);
      int reserved = row.getInt(2);
      int limit = row.getInt(3);
      check(properties, new Limits(max, reserved, row.wasNull() ? max : limit));
    } catch (SQLException e) {
      Outages.explain(LOG.atWarn(), e)
          .log("Whether PostgreSQL gives as many connections as the pools may open is not known");
    }
  }

  /**
   * Compares what may be asked for with what is given.
   *
   * @throws IllegalStateException if it is more, naming each number and its setting
   */
  static void check(DatabaseProperties properties, Limits limits) {
    int each =
        properties.poolSize() + properties.maxOverflow() + properties.readPoolSize() + BESIDES;
    long all = (long) each * properties.workers();
    if (all > limits.given()) {
      throw new IllegalStateException(
          ("%d workers (orchestrator.database.workers) may open %d connections, each %d (DB_POOL_SIZE"
                  + " %d, DB_MAX_OVERFLOW %d, DB_READ_POOL_SIZE %d, and %d besides), but PostgreSQL"
                  + " gives them %d (max_connections %d, %d of them reserved%s).")
              .formatted(
                  properties.workers(),
                  all,
                  each,
                  properties.poolSize(),
                  properties.maxOverflow(),
                  properties.readPoolSize(),
                  BESIDES,
                  limits.given(),
                  limits.max(),
                  limits.reserved(),
                  limits.limit() < limits.max()
                      ? "; limit of the role or the database %d".formatted(limits.limit())
                      : ""));
    }
  }
}
