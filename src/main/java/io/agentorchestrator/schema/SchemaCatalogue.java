package io.agentorchestrator.schema;

import io.agentorchestrator.schema.SchemaObject.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What the migrations make, and what PostgreSQL has of it.
 *
 * <p>The first is a list, {@code db/schema-objects.txt}: a database in which something is missing
 * cannot tell what that is. A test holds the list to what the migrations make of an empty database,
 * and prints it as it should be.
 */
final class SchemaCatalogue {

  private static final String LIST = "/db/schema-objects.txt";

  /** Left out are months of the log, the migrations' own history, and what extensions bring. */
  private static final String FOUND =
      """
      WITH own AS (
        SELECT oid, relname, relkind FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND NOT relispartition
          AND relname NOT LIKE 'flyway\\_schema\\_history%'
          AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
      )
      SELECT 'table', relname, true FROM own WHERE relkind IN ('r', 'p')
      UNION ALL SELECT 'sequence', relname, true FROM own WHERE relkind = 'S'
      UNION ALL SELECT 'view', relname, true FROM own WHERE relkind IN ('v', 'm')
      UNION ALL
      SELECT 'index', relname, indisvalid AND indisready
        FROM own JOIN pg_index ON indexrelid = own.oid
      UNION ALL
      SELECT 'trigger', relname || '.' || tgname, tgenabled <> 'D' FROM pg_trigger JOIN own ON own.oid = tgrelid
        WHERE NOT tgisinternal
      UNION ALL
      SELECT 'function', proname, true FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace
          AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
      UNION ALL SELECT 'extension', extname, true FROM pg_extension WHERE extname <> 'plpgsql'
      UNION ALL SELECT 'publication', pubname, true FROM pg_publication
      UNION ALL SELECT 'published', tablename, true FROM pg_publication_tables
        WHERE pubname = 'agent_orchestrator' AND schemaname = current_schema()""";

  private SchemaCatalogue() {}

  /** What there has to be, in the order of kinds and names. */
  static List<SchemaObject> expected() {
    try (InputStream list =
        Objects.requireNonNull(SchemaCatalogue.class.getResourceAsStream(LIST), LIST)) {
      return new String(list.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(SchemaObject::parse)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What there is, and whether PostgreSQL uses it: an index may be there and not be valid. */
  static Map<SchemaObject, Boolean> found(Connection connection) throws SQLException {
    Map<SchemaObject, Boolean> found = new TreeMap<>(SchemaObject.ORDER);
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(FOUND)) {
      while (row.next()) {
        found.put(
            new SchemaObject(
                Kind.valueOf(row.getString(1).toUpperCase(Locale.ROOT)), row.getString(2)),
            row.getBoolean(3));
      }
    }
    return found;
  }
}
