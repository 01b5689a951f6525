package io.agentorchestrator.schema;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Fills every table of a database with rows, whatever tables there are: columns, foreign keys and
 * checks are read from the catalogue, values are tried until PostgreSQL takes them. What a check
 * compares a column with is tried first, so rows of every state come about.
 */
final class Filling {

  private static final int TRIES = 2000;

  /** Before there were workflows to refer to, a task that named one was refused. */
  private static final String WORKFLOW = "tasks.workflow_id";

  private static final Pattern LITERAL = Pattern.compile("'([^']*)'|(?<![\\w.])(\\d+)(?![\\w.])");

  private static final String TABLES =
      """
      SELECT relname FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
        AND NOT relispartition AND relname <> 'flyway_schema_history'""";

  private static final String COLUMNS =
      """
      SELECT attname, format_type(atttypid, NULL), attnotnull,
        EXISTS (SELECT FROM pg_constraint WHERE conrelid = attrelid AND contype = 'p'
          AND conkey = ARRAY[attnum]) AS is_key
      FROM pg_attribute
      WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped
        AND attgenerated = '' AND attidentity = ''
      ORDER BY attnum""";

  private static final String REFERENCES =
      """
      SELECT attname, confrelid::regclass::text,
        (SELECT attname FROM pg_attribute WHERE attrelid = confrelid AND attnum = confkey[1])
      FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
      WHERE conrelid = ?::regclass AND contype = 'f'""";

  private static final String CHECKS =
      "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = ?::regclass AND contype = 'c'";

  private final Connection connection;
  private final Random random;
  private final List<String> ids = new ArrayList<>();

  /**
   * Makes one.
   *
   * @param connection without auto-commit
   */
  Filling(Connection connection, Random random) {
    this.connection = connection;
    this.random = random;
  }

  private record Column(String name, String type, boolean required, boolean key) {}

  private record Reference(String table, String column) {}

  /** Adds rows to each table that can take them, and returns how many each was given. */
  Map<String, Integer> fill(int rows) throws SQLException {
    Map<String, Integer> filled = new LinkedHashMap<>();
    for (String table : inOrderOfReferences()) {
      if (!hasOneRow(table)) {
        insert(table, rows);
        filled.put(table, rows);
      }
    }
    connection.commit();
    return filled;
  }

  /** A key that is true or false is that of a table of one row, which its migration puts there. */
  boolean hasOneRow(String table) throws SQLException {
    return columns(table).stream().anyMatch(each -> each.key() && each.type().equals("boolean"));
  }

  /** What stands in each table, row by row as text, in the columns that there are now. */
  Map<String, Content> content() throws SQLException {
    Map<String, Content> content = new TreeMap<>();
    for (String table : column(TABLES, null)) {
      String columns =
          columns(table).stream()
              .map(each -> "\"%s\"".formatted(each.name()))
              .collect(Collectors.joining(", "));
      content.put(table, new Content(columns, rows(table, columns)));
    }
    connection.commit();
    return content;
  }

  /**
   * What stood in a table.
   *
   * @param columns in which columns
   * @param rows each once
   */
  record Content(String columns, Set<String> rows) {}

  /** What stands in some columns of a table. */
  Set<String> rows(String table, String columns) throws SQLException {
    return new TreeSet<>(
        column("SELECT ROW(%s)::text FROM \"%s\"".formatted(columns, table), null));
  }

  private List<String> inOrderOfReferences() throws SQLException {
    Set<String> left = new TreeSet<>(column(TABLES, null));
    List<String> order = new ArrayList<>();
    while (!left.isEmpty()) {
      List<String> next = new ArrayList<>();
      for (String table : left) {
        Set<String> referred =
            references(table).values().stream().map(Reference::table).collect(Collectors.toSet());
        referred.remove(table);
        if (referred.stream().noneMatch(left::contains)) {
          next.add(table);
        }
      }
      if (next.isEmpty()) {
        throw new AssertionError("Tables that refer to each other in a circle: " + left);
      }
      order.addAll(next);
      next.forEach(left::remove);
    }
    return order;
  }

  private void insert(String table, int rows) throws SQLException {
    List<Column> columns = columns(table);
    List<List<String>> candidates = new ArrayList<>();
    List<String> checks = column(CHECKS, table);
    Map<String, Reference> references = references(table);
    for (Column each : columns) {
      Reference reference = references.get(each.name());
      candidates.add(reference == null ? literals(each, checks) : referred(reference));
    }
    String sql =
        "INSERT INTO \"%s\" (%s) VALUES (%s)"
            .formatted(
                table,
                columns.stream()
                    .map(each -> "\"%s\"".formatted(each.name()))
                    .collect(Collectors.joining(", ")),
                columns.stream()
                    .map(each -> "CAST(? AS %s)".formatted(each.type()))
                    .collect(Collectors.joining(", ")));
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      for (int row = 0; row < rows; row++) {
        insert(
            table,
            insert,
            () -> {
              for (int i = 0; i < columns.size(); i++) {
                Column column = columns.get(i);
                boolean refers = references.containsKey(column.name());
                insert.setString(i + 1, value(table, column, candidates.get(i), refers));
              }
            });
      }
    }
  }

  /** Sets the values of a row. */
  private interface Values {
    void set() throws SQLException;
  }

  private void insert(String table, PreparedStatement insert, Values values) throws SQLException {
    SQLException last = null;
    for (int attempt = 0; attempt < TRIES; attempt++) {
      Savepoint before = connection.setSavepoint();
      try {
        values.set();
        insert.executeUpdate();
        connection.releaseSavepoint(before);
        return;
      } catch (SQLException e) {
        connection.rollback(before);
        last = e;
      }
    }
    throw new AssertionError(
        "Expected a row that %s takes within %d tries, but there was none; teach this class what fits."
            .formatted(table, TRIES),
        last);
  }

  private List<String> referred(Reference reference) throws SQLException {
    return column(
        "SELECT \"%s\"::text FROM %s".formatted(reference.column(), reference.table()), null);
  }

  private @Nullable String value(
      String table, Column column, List<String> candidates, boolean refers) {
    if (!column.required() && random.nextInt(3) == 0) {
      return null;
    }
    if (refers) {
      return candidates.isEmpty() ? null : candidates.get(random.nextInt(candidates.size()));
    }
    if (WORKFLOW.equals(table + "." + column.name())) {
      return null;
    }
    return !candidates.isEmpty() && random.nextInt(20) > 0
        ? candidates.get(random.nextInt(candidates.size()))
        : value(column);
  }

  private static List<String> literals(Column column, List<String> checks) {
    Set<String> literals = new TreeSet<>();
    Pattern name = Pattern.compile("\\b%s\\b".formatted(Pattern.quote(column.name())));
    for (String check : checks) {
      if (name.matcher(check).find()) {
        Matcher literal = LITERAL.matcher(check);
        while (literal.find()) {
          literals.add(literal.group(1) == null ? literal.group(2) : literal.group(1));
        }
      }
    }
    boolean number = !column.type().equals("text");
    literals.removeIf(each -> each.matches("\\d+(\\.\\d+)?") != number);
    return List.copyOf(literals);
  }

  private String value(Column column) {
    return switch (column.type()) {
      case "uuid" -> column.key() ? newId() : someId();
      case "uuid[]" -> random.nextBoolean() ? "{}" : "{%s,%s}".formatted(someId(), someId());
      case "text" -> random.nextBoolean() ? newText() : "Gr\u00fc\u00dfe, 'so' \"so\" \\ 4711";
      case "text[]" -> List.of("{}", "{java}", "{java,\"a, b\",sql}").get(random.nextInt(3));
      case "smallint", "integer", "bigint", "xid8" -> Integer.toString(random.nextInt(10));
      case "double precision", "real", "numeric" -> Double.toString(random.nextDouble());
      case "boolean" -> Boolean.toString(random.nextBoolean());
      case "json", "jsonb" ->
          List.of("{}", "{\"a\": [1, null, {\"b\": 1.50}]}").get(random.nextInt(2));
      case "bytea" -> "\\x" + newId().replace("-", "");
      case "date" -> someTime().toString().substring(0, 10);
      case "interval" -> "PT%dS".formatted(random.nextInt(1000));
      case "pg_lsn" -> "0/%X".formatted(random.nextInt(1 << 20));
      case "timestamp with time zone" -> someTime().toString();
      default ->
          throw new AssertionError(
              "Expected a known type of column %s, but it is %s; teach this class a value of it."
                  .formatted(column.name(), column.type()));
    };
  }

  /** The log has partitions from the last month on. */
  private Instant someTime() {
    return Instant.now().minus(Duration.ofSeconds(random.nextInt(20 * 24 * 3600)));
  }

  private String newId() {
    ids.add(new UUID(random.nextLong(), random.nextLong()).toString());
    return ids.getLast();
  }

  /** Often one that is somebody's, so that what belongs together finds itself. */
  private String someId() {
    return ids.isEmpty() || random.nextInt(4) == 0 ? newId() : ids.get(random.nextInt(ids.size()));
  }

  private String newText() {
    return "text " + newId();
  }

  private List<Column> columns(String table) throws SQLException {
    List<Column> columns = new ArrayList<>();
    try (PreparedStatement query = connection.prepareStatement(COLUMNS)) {
      query.setString(1, table);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          columns.add(
              new Column(row.getString(1), row.getString(2), row.getBoolean(3), row.getBoolean(4)));
        }
      }
    }
    return columns;
  }

  private Map<String, Reference> references(String table) throws SQLException {
    Map<String, Reference> references = new HashMap<>();
    try (PreparedStatement query = connection.prepareStatement(REFERENCES)) {
      query.setString(1, table);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          references.put(row.getString(1), new Reference(row.getString(2), row.getString(3)));
        }
      }
    }
    return references;
  }

  private List<String> column(String sql, @Nullable String table) throws SQLException {
    List<String> column = new ArrayList<>();
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      if (table != null) {
        query.setString(1, table);
      }
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          column.add(row.getString(1));
        }
      }
    }
    return column;
  }

  /** The different values of some columns, to see that the rows are not all alike. */
  Set<String> values(String table, String column) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT DISTINCT %s::text FROM %s".formatted(column, table))) {
      Set<String> values = new HashSet<>();
      while (row.next()) {
        values.add(row.getString(1));
      }
      return values;
    }
  }
}
