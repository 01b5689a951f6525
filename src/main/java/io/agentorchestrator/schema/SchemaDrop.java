package io.agentorchestrator.schema;

import io.agentorchestrator.log.LogStandstill;
import io.agentorchestrator.schema.SchemaObject.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Takes everything away that the migrations made, in one transaction, and the replication slot
 * behind it: a slot without the rest holds WAL, but the rest without its slot would be a log that
 * loses entries. What others put into the same schema stays, and if it rests on ours, all does.
 * Extensions stay.
 */
public final class SchemaDrop {

  /** Months of the log, those too that are not attached any more. */
  private static final String MONTHS =
      """
      SELECT relname FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
        AND relname ~ '^orchestration_log_[0-9]{4}_[0-9]{2}$'""";

  private static final String FUNCTIONS =
      """
      SELECT oid::regprocedure::text FROM pg_proc
      WHERE pronamespace = current_schema()::regnamespace AND proname = ANY(?)""";

  private static final String IS_TABLE = "SELECT (to_regclass(quote_ident(?)) IS NOT NULL)::text";

  private static final String DROP_SLOT =
      """
      SELECT slot_name, pg_drop_replication_slot(slot_name) FROM pg_replication_slots
      WHERE slot_name = ? AND database = current_database()""";

  private final Connection connection;
  private final Migrations migrations;
  private final String slot;

  /**
   * Makes one.
   *
   * @param connection to the database, in which no transaction is open
   * @param slot the relay's replication slot
   */
  public SchemaDrop(Connection connection, Migrations migrations, String slot) {
    this.connection = connection;
    this.migrations = migrations;
    this.slot = slot;
  }

  /**
   * Drops all.
   *
   * @param database the database's name, as somebody wrote it who means it
   * @return what is no more
   * @throws SchemaRefusedException if it is another database, if anything of ours is connected to
   *     it, or if the schema is of a newer version, whose objects are not known here
   * @throws SQLException if PostgreSQL refuses, as where somebody's view rests on a table
   */
  public List<SchemaObject> run(String database) throws SQLException {
    if (!database.equals(connection.getCatalog())) {
      throw new SchemaRefusedException(
          "Expected the name of the database that would lose everything, but it is not '%s'. Nothing was dropped."
              .formatted(database));
    }
    connection.setAutoCommit(false);
    List<SchemaObject> dropped;
    try {
      requireNobody();
      if (migrations.isSchemaNewer()) {
        throw new SchemaRefusedException(
            "Expected a schema of this version or an older one, but it is newer: use that version's jar.");
      }
      dropped = dropAll();
      connection.commit();
    } finally {
      connection.rollback();
      connection.setAutoCommit(true);
    }
    if (dropSlot()) {
      dropped.add(new SchemaObject(Kind.SLOT, slot));
    }
    return dropped;
  }

  private void requireNobody() throws SQLException {
    List<String> there = LogStandstill.whoIsThere(connection, slot);
    if (!there.isEmpty()) {
      throw new SchemaRefusedException(
          "Expected no worker at this database, but there are sessions: %s. Stop them first."
              .formatted(String.join(", ", there)));
    }
    if (!LogStandstill.take(connection, slot)) {
      throw new SchemaRefusedException(
          "Expected to keep all workers off, but one was quicker. Stop it first.");
    }
  }

  private List<SchemaObject> dropAll() throws SQLException {
    Set<SchemaObject> found = SchemaCatalogue.found(connection).keySet();
    List<SchemaObject> ours =
        SchemaCatalogue.expected().stream()
            .filter(found::contains)
            .collect(Collectors.toCollection(ArrayList::new));
    for (String month : column(MONTHS, null)) {
      ours.add(new SchemaObject(Kind.PARTITION, month));
    }
    if (Boolean.parseBoolean(column(IS_TABLE, migrations.history()).getFirst())) {
      ours.add(new SchemaObject(Kind.TABLE, migrations.history()));
    }
    try (Statement statement = connection.createStatement()) {
      drop(statement, "PUBLICATION", names(ours, Kind.PUBLICATION));
      drop(statement, "VIEW", names(ours, Kind.VIEW));
      List<String> tables = names(ours, Kind.TABLE);
      tables.addAll(names(ours, Kind.PARTITION));
      // At once, for they refer to each other.
      drop(statement, "TABLE", tables);
      drop(statement, "SEQUENCE", names(ours, Kind.SEQUENCE));
      for (String function : functions(ours)) {
        statement.execute("DROP FUNCTION " + function);
      }
    }
    ours.removeIf(each -> each.kind() == Kind.EXTENSION || each.kind() == Kind.PUBLISHED);
    return ours;
  }

  private static List<String> names(List<SchemaObject> all, Kind kind) {
    return all.stream()
        .filter(each -> each.kind() == kind)
        .map(SchemaObject::name)
        .collect(Collectors.toCollection(ArrayList::new));
  }

  private static void drop(Statement statement, String what, List<String> names)
      throws SQLException {
    if (names.isEmpty()) {
      return;
    }
    List<String> quoted = new ArrayList<>();
    for (String name : names) {
      quoted.add(statement.enquoteIdentifier(name, true));
    }
    statement.execute("DROP %s %s".formatted(what, String.join(", ", quoted)));
  }

  private List<String> functions(List<SchemaObject> ours) throws SQLException {
    List<String> found = new ArrayList<>();
    try (PreparedStatement query = connection.prepareStatement(FUNCTIONS)) {
      query.setArray(1, connection.createArrayOf("text", names(ours, Kind.FUNCTION).toArray()));
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          found.add(row.getString(1));
        }
      }
    }
    return found;
  }

  private List<String> column(String sql, @Nullable String parameter) throws SQLException {
    List<String> column = new ArrayList<>();
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      if (parameter != null) {
        query.setString(1, parameter);
      }
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          column.add(Objects.requireNonNull(row.getString(1)));
        }
      }
    }
    return column;
  }

  private boolean dropSlot() throws SQLException {
    return !column(DROP_SLOT, slot).isEmpty();
  }
}
