package io.agentorchestrator.log;

import io.agentorchestrator.log.StateRestore.EntityTable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Lays the changes in {@code restored_entities} over the rows of their table, or makes new rows of
 * them. A member of the changes goes to the column of its name and replaces it whole; columns
 * without one stay as they are. PostgreSQL does it by itself, and keeps the text of users' objects.
 */
public final class EntityOverlay {

  private static final String COLUMNS =
      """
      SELECT quote_ident(attname) FROM pg_attribute
      WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum""";

  private EntityOverlay() {}

  /** Does it to one table. */
  public static void apply(Connection connection, EntityTable table) throws SQLException {
    List<String> columns = columns(connection, table.name());
    String sql =
        """
        INSERT INTO %1$s (%2$s)
        SELECT %3$s
        FROM restored_entities AS restored
        LEFT JOIN %1$s AS known ON known.id = restored.entity_id
        CROSS JOIN LATERAL json_populate_record(known, restored.changes) AS entity
        WHERE restored.entity_type = ?
        ON CONFLICT (id) DO UPDATE SET %4$s"""
            .formatted(
                table.name(),
                String.join(", ", columns),
                columns.stream().map("entity."::concat).collect(Collectors.joining(", ")),
                columns.stream()
                    .map(column -> column + " = EXCLUDED." + column)
                    .collect(Collectors.joining(", ")));
    try (PreparedStatement overlay = connection.prepareStatement(sql)) {
      overlay.setString(1, table.type().value());
      overlay.executeUpdate();
    }
  }

  private static List<String> columns(Connection connection, String table) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(COLUMNS)) {
      query.setString(1, table);
      List<String> columns = new ArrayList<>();
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          columns.add(row.getString(1));
        }
      }
      return columns;
    }
  }
}
