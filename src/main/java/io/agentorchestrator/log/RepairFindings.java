package io.agentorchestrator.log;

import io.agentorchestrator.log.RepairFinding.Kind;
import io.agentorchestrator.log.RepairFinding.Weight;
import io.agentorchestrator.log.StateRestore.EntityTable;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Judges what {@link LogComparison} has put side by side: what a repair mends, what it may leave,
 * and what it must not go on over.
 */
final class RepairFindings {

  private static final int EXAMPLES = 5;

  private static final String COUNT = "SELECT count(*) FROM (%s) AS found";

  private static final String MISSING =
      """
      SELECT format('entry %s at position %s (%s version %s)', id, position, entity_id, entity_version)
      FROM repair_missing ORDER BY position""";

  private static final String EXTRA =
      """
      SELECT format('event %s at position %s (%s version %s), partition %s, offset %s',
        id, position, entity_id, entity_version, partition, record_offset)
      FROM repair_extra ORDER BY position""";

  private static final String TWICE =
      """
      SELECT format('event %s, %s times', id, count(*)) FROM repair_topic
      GROUP BY id HAVING count(*) > 1""";

  private static final String OUT_OF_ORDER =
      """
      SELECT format('%s: version %s behind version %s, partition %s, offset %s',
        entity_id, entity_version, before, partition, record_offset)
      FROM (
        SELECT *, lag(entity_version) OVER entity AS before, lag(id) OVER entity AS id_before
        FROM repair_topic WHERE entity_version IS NOT NULL
        WINDOW entity AS (PARTITION BY entity_id, partition ORDER BY record_offset)) AS event
      WHERE before >= entity_version AND id_before <> id""";

  private static final String LATER_PUBLISHED =
      """
      SELECT format('%s: version %s is missing, version %s is on the topic',
        missing.entity_id, missing.entity_version, published.latest)
      FROM repair_missing AS missing
      JOIN (SELECT entity_id, max(entity_version) AS latest FROM repair_topic GROUP BY entity_id)
        AS published ON published.entity_id = missing.entity_id
      WHERE published.latest > missing.entity_version""";

  private static final String SAME_POSITION =
      """
      SELECT format('position %s: event %s, but entry %s', extra.position, extra.id, entry.id)
      FROM repair_extra AS extra JOIN orchestration_log AS entry ON entry.position = extra.position""";

  private static final String FORKED =
      """
      SELECT format('%s: the topic has versions %s to %s, the database is at another version %s',
        entity_id, first, last, known.version)
      """;

  private static final String GONE =
      """
      SELECT format('%s: the database is at version %s, the topic has %s versions from %s to %s',
        entity_id, known.version, number, first, last)
      """;

  private final Connection session;
  private final LogComparison comparison;
  private final boolean afterRestore;
  private final String forgotten;
  private final List<RepairFinding> found = new ArrayList<>();

  private RepairFindings(
      Connection session,
      LogComparison comparison,
      List<EntityTable> tables,
      boolean afterRestore) {
    this.session = session;
    this.comparison = comparison;
    this.afterRestore = afterRestore;
    String versions =
        tables.isEmpty()
            ? "NULL::bigint"
            : tables.stream()
                .map(
                    table ->
                        "(SELECT entity_version FROM %s WHERE id = forgotten.entity_id)"
                            .formatted(table.name()))
                .collect(Collectors.joining(", ", "greatest(", ")"));
    // What the topic has of each entity that the table has not, and how far the database is.
    this.forgotten =
        """
        FROM (
          SELECT entity_id, min(entity_version) AS first, max(entity_version) AS last,
            count(*) AS number
          FROM repair_extra WHERE entity_version IS NOT NULL GROUP BY entity_id) AS forgotten
        CROSS JOIN LATERAL (
          SELECT greatest(0, %s, (
            SELECT max(entity_version) FROM orchestration_log
            WHERE entity_id = forgotten.entity_id)) AS version) AS known"""
            .formatted(versions);
  }

  /**
   * Finds everything there is to say.
   *
   * @param tables the tables of the entities
   * @param afterRestore whether what the table lacks is to be brought back
   */
  static List<RepairFinding> of(
      Connection session, LogComparison comparison, List<EntityTable> tables, boolean afterRestore)
      throws SQLException {
    RepairFindings findings = new RepairFindings(session, comparison, tables, afterRestore);
    findings.findAboutTopic();
    if (findings.findMissing()) {
      findings.findLaterPublished();
    }
    if (findings.findExtra()) {
      findings.findContradictions();
    }
    return List.copyOf(findings.found);
  }

  /**
   * Checks that the topic, as it was read on, holds every entry, and no more of what cannot be
   * undone than before.
   *
   * @param twice how many events were there more than once
   * @param outOfOrder how many were behind a later version, or had to come there
   * @throws IllegalStateException if not
   */
  static void requireMended(Connection session, long twice, long outOfOrder) throws SQLException {
    require(
        session,
        "SELECT 1 FROM repair_missing AS entry WHERE NOT EXISTS (SELECT FROM repair_topic AS event WHERE event.id = entry.id)",
        0,
        "missing");
    require(session, TWICE, twice, "there more than once");
    require(session, OUT_OF_ORDER, outOfOrder, "behind a later version");
  }

  private static void require(Connection session, String query, long atMost, String what)
      throws SQLException {
    long count = Sql.number(session, COUNT.formatted(query));
    if (count > atMost) {
      throw new IllegalStateException(
          "Expected at most %d events of the topic to be %s, but %d are; the relay stays off. Run this again."
              .formatted(atMost, what, count));
    }
  }

  private void findAboutTopic() throws SQLException {
    note(
        Kind.PAST_TOPIC_RETENTION,
        comparison.pastTopicRetention(),
        "%d entries are older than what the log topic still holds, and taken for published: the topic is to keep everything (retention.ms=-1).");
    note(
        Kind.PAST_TABLE_RETENTION,
        comparison.pastTableRetention(),
        "%d events are older than the log's table goes back.");
    if (!comparison.cutOff().isEmpty()) {
      add(
          Kind.TOPIC_CUT_OFF,
          Weight.NEEDS_FORCE,
          comparison.cutOff().size(),
          "Partitions %s of the log topic are empty, but were not: what they held would be published again."
              .formatted(comparison.cutOff()),
          List.of());
    }
    if (comparison.unknown() > 0) {
      add(
          Kind.UNKNOWN_RECORDS,
          Weight.NEEDS_FORCE,
          comparison.unknown(),
          "%d records on the log topic are not the relay's: somebody else writes there."
              .formatted(comparison.unknown()),
          List.of());
    }
    find(
        Kind.PUBLISHED_TWICE,
        Weight.NEEDS_FORCE,
        TWICE,
        "%d events are on the topic more than once, which nothing can undo.");
    find(
        Kind.OUT_OF_ORDER,
        Weight.NEEDS_FORCE,
        OUT_OF_ORDER,
        "%d events are on the topic behind a later version of their entity, which nothing can undo.");
  }

  private boolean findMissing() throws SQLException {
    return find(
        Kind.NOT_ON_TOPIC,
        Weight.MENDED,
        MISSING,
        "%d entries of the log are not on the topic; they are to be published.");
  }

  private void findLaterPublished() throws SQLException {
    find(
        Kind.LATER_PUBLISHED,
        Weight.NEEDS_FORCE,
        LATER_PUBLISHED,
        "%d entries are missing though later versions of their entities are on the topic: published now, they come out of order.");
  }

  private boolean findExtra() throws SQLException {
    return find(
        Kind.NOT_IN_TABLE,
        afterRestore ? Weight.MENDED : Weight.STOPS,
        EXTRA,
        afterRestore
            ? "%d events of the topic are not in the database; they are to be brought back."
            : "%d events of the topic are not in the database: was it restored from a backup, or did a standby take over? Then run `relay repair --after-restore`.");
  }

  private void findContradictions() throws SQLException {
    find(
        Kind.FORKED,
        Weight.STOPS,
        FORKED + forgotten + " WHERE known.version >= first UNION ALL " + SAME_POSITION,
        "%d versions or positions were given out twice: the database was written to after it had forgotten them. Restore it once more, and repair it before any worker writes.");
    find(
        Kind.FORGOTTEN_FOR_GOOD,
        Weight.STOPS,
        GONE + forgotten + " WHERE known.version < first - 1 OR number <> last - first + 1",
        "%d entities have changed in ways that neither the database nor the topic can tell. Restore a later backup.");
  }

  private void note(Kind kind, long count, String message) {
    if (count > 0) {
      add(kind, Weight.NOTED, count, message.formatted(count), List.of());
    }
  }

  private boolean find(Kind kind, Weight weight, String query, String message) throws SQLException {
    try (Statement statement = session.createStatement()) {
      long count = Sql.number(session, COUNT.formatted(query));
      if (count == 0) {
        return false;
      }
      List<String> examples = new ArrayList<>();
      try (ResultSet row = statement.executeQuery(query + " LIMIT " + EXAMPLES)) {
        while (row.next()) {
          examples.add(row.getString(1));
        }
      }
      add(kind, weight, count, message.formatted(count), examples);
      return true;
    }
  }

  private void add(Kind kind, Weight weight, long count, String message, List<String> examples) {
    found.add(new RepairFinding(kind, weight, count, message, examples));
  }
}
