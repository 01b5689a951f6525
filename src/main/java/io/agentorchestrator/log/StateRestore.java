package io.agentorchestrator.log;

import io.agentorchestrator.messages.EntityType;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/**
 * What a feature keeps besides the log, brought up to the entries that were put back into the log's
 * table after a restore: all of it in the one transaction that put them there.
 *
 * <p>Two temporary relations tell of them. {@code restored_entries} has the rows themselves, as
 * {@code orchestration_log} has them. {@code restored_entities} has a row for each entity they are
 * about, if any of them changed it: {@code entity_type}, {@code entity_id}, {@code first_version}
 * and {@code last_version} of its entries, and {@code changes}, these laid over each other, with
 * {@code id} and {@code entity_version} among them; its objects are still the text they were.
 */
public interface StateRestore {

  /** Returns its place: lower ones come first. What refers to other rows comes after those. */
  int order();

  /** Brings rows forward. */
  void restore(Connection connection) throws SQLException;

  /** Returns the table whose rows are the fold of their entries, if there is one. */
  default Optional<EntityTable> table() {
    return Optional.empty();
  }

  /**
   * A table of entities.
   *
   * @param type what they are
   * @param name the table's name; it has {@code id} and {@code entity_version}
   * @param fields a query for {@code id} and a JSON object of at least the fields that the log
   *     tells, of the entities in {@code restored_entities}
   */
  record EntityTable(EntityType type, String name, String fields) {

    /** A table that has a column of the same name for each field. */
    public static EntityTable plain(EntityType type, String name) {
      return new EntityTable(
          type,
          name,
          "SELECT id, row_to_json(entity) FROM %s AS entity WHERE id IN (SELECT entity_id FROM restored_entities)"
              .formatted(name));
    }
  }
}
