package io.agentorchestrator.schema;

import io.agentorchestrator.schema.SchemaFinding.State;
import io.agentorchestrator.schema.SchemaObject.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the worker needs in its database: whether it is there, and what fills it. */
public final class Schema {

  /** With fewer ahead an alert fires, for nobody creates them. */
  private static final String MONTHS =
      """
      SELECT name, EXISTS (
        SELECT FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = to_regclass('orchestration_log') AND relname = name
          AND NOT inhdetachpending)
      FROM (
        SELECT 'orchestration_log_' || to_char(
          (now() AT TIME ZONE 'UTC') + make_interval(months => n), 'YYYY_MM') AS name
        FROM generate_series(0, 3) AS n) AS months
      ORDER BY name""";

  private static final String CREATE_MONTHS =
      """
      SELECT count(*) FILTER (WHERE create_orchestration_log_partition(day)) FROM (
        SELECT (date_trunc('month', orchestrator_clock() AT TIME ZONE 'UTC')
          + make_interval(months => n))::date AS day
        FROM generate_series(0, 12) AS n) AS months""";

  private static final String SLOT =
      """
      SELECT plugin = 'pgoutput' AND database = current_database(), wal_status
      FROM pg_replication_slots WHERE slot_name = ?""";

  private static final String UNDEFINED_FUNCTION = "42883";

  private Schema() {}

  /**
   * Looks at everything, and changes nothing.
   *
   * @param slot the relay's replication slot
   */
  public static List<SchemaFinding> check(Connection connection, Migrations migrations, String slot)
      throws SQLException {
    List<SchemaFinding> findings = new ArrayList<>(migrations.findings());
    Map<SchemaObject, Boolean> found = SchemaCatalogue.found(connection);
    for (SchemaObject each : SchemaCatalogue.expected()) {
      Boolean usable = found.get(each);
      findings.add(
          usable == null || usable
              ? SchemaFinding.of(each, usable != null)
              : new SchemaFinding(each, State.BROKEN, "it is not valid, or disabled"));
    }
    findings.addAll(months(connection));
    findings.add(slot(connection, slot));
    return findings;
  }

  private static List<SchemaFinding> months(Connection connection) throws SQLException {
    List<SchemaFinding> months = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(MONTHS)) {
      while (row.next()) {
        months.add(
            SchemaFinding.of(
                new SchemaObject(Kind.PARTITION, row.getString(1)), row.getBoolean(2)));
      }
    }
    return months;
  }

  private static SchemaFinding slot(Connection connection, String name) throws SQLException {
    SchemaObject slot = new SchemaObject(Kind.SLOT, name);
    try (PreparedStatement query = connection.prepareStatement(SLOT)) {
      query.setString(1, name);
      try (ResultSet row = query.executeQuery()) {
        if (!row.next()) {
          return SchemaFinding.of(slot, false);
        }
        if (!row.getBoolean(1)) {
          return new SchemaFinding(
              slot, State.BROKEN, "it is of another database, or not for pgoutput");
        }
        return "lost".equals(row.getString(2))
            ? new SchemaFinding(slot, State.BROKEN, "the WAL it needs is gone")
            : SchemaFinding.of(slot, true);
      }
    }
  }

  /**
   * Makes the months of the log for a year ahead, as each worker does from time to time.
   *
   * @return how many were missing
   * @throws SchemaRefusedException if there is no log yet
   */
  public static int createMonths(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(CREATE_MONTHS)) {
      row.next();
      return row.getInt(1);
    } catch (SQLException e) {
      if (UNDEFINED_FUNCTION.equals(e.getSQLState())) {
        throw new SchemaRefusedException(
            "Expected the schema to be there, but it is not, or not all: run `schema --create` first.");
      }
      throw e;
    }
  }
}
