package io.agentorchestrator.log;

import io.agentorchestrator.log.StateRestore.EntityTable;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Compares the fold of entities' entries with their rows. */
final class FoldCheck {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private FoldCheck() {}

  /**
   * Compares those of the entities in {@code restored_entities} whose entries are all there. One
   * entity at a time is in memory.
   *
   * @return how many
   * @throws IllegalStateException if one differs
   */
  static long requireSame(Connection connection, Iterable<EntityTable> tables) throws SQLException {
    long verified = 0;
    for (EntityTable table : tables) {
      try (PreparedStatement query =
          connection.prepareStatement(
              """
              SELECT entry.entity_id, entry.entity_version, entry.changes,
                CASE WHEN entry.entity_version = 1 THEN shown.fields END
              FROM (%s) AS shown (id, fields)
              JOIN orchestration_log AS entry ON entry.entity_id = shown.id
              WHERE entry.entity_version IS NOT NULL
              ORDER BY entry.entity_id, entry.entity_version"""
                  .formatted(table.fields()))) {
        query.setFetchSize(1000);
        try (ResultSet row = query.executeQuery()) {
          verified += requireSame(row);
        }
      }
    }
    return verified;
  }

  private static long requireSame(ResultSet row) throws SQLException {
    long verified = 0;
    Folding folding = null;
    while (row.next()) {
      UUID id = row.getObject(1, UUID.class);
      if (folding == null || !folding.id().equals(id)) {
        verified += folding == null ? 0 : folding.requireSame();
        folding = new Folding(id, new EntityFold(id), row.getString(4));
      }
      if (folding.isWhole()) {
        folding.fold().apply(row.getLong(2), (ObjectNode) JSON.readTree(row.getString(3)));
      }
    }
    return verified + (folding == null ? 0 : folding.requireSame());
  }

  /**
   * An entity on its way.
   *
   * @param shown its row, null where its first entry is not there: then nothing can be said
   */
  private record Folding(UUID id, EntityFold fold, @Nullable String shown) {

    boolean isWhole() {
      return shown != null;
    }

    int requireSame() {
      if (shown == null) {
        return 0;
      }
      JsonNode row = JSON.readTree(shown);
      for (Map.Entry<String, JsonNode> field : fold.entity().properties()) {
        JsonNode actual = row.get(field.getKey());
        if (!isSame(field.getValue(), actual)) {
          throw new IllegalStateException(
              "Expected the %s of %s to be what its entries tell, but it differs."
                  .formatted(field.getKey(), id));
        }
      }
      return 1;
    }
  }

  /** Whether they mean the same: PostgreSQL writes times and numbers in its own way. */
  private static boolean isSame(JsonNode told, @Nullable JsonNode actual) {
    if (actual == null) {
      return false;
    }
    if (told.isNumber() && actual.isNumber()) {
      BigDecimal number = told.decimalValue();
      return number.compareTo(actual.decimalValue()) == 0;
    }
    if (told.isString() && actual.isString()) {
      String text = told.stringValue();
      String other = actual.stringValue();
      return text.equals(other) || isSameTime(text, other);
    }
    if (told.isArray() && actual.isArray() && told.size() == actual.size()) {
      for (int i = 0; i < told.size(); i++) {
        if (!isSame(told.get(i), actual.get(i))) {
          return false;
        }
      }
      return true;
    }
    if (told.isObject() && actual.isObject() && told.size() == actual.size()) {
      return told.properties().stream()
          .allMatch(member -> isSame(member.getValue(), actual.get(member.getKey())));
    }
    return told.equals(actual);
  }

  private static boolean isSameTime(String text, String other) {
    try {
      return OffsetDateTime.parse(text).isEqual(OffsetDateTime.parse(other));
    } catch (DateTimeException e) {
      return false;
    }
  }
}
