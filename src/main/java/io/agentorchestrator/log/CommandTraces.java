package io.agentorchestrator.log;

import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.rest.Snapshot;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What the log says of the commands of an id. Each has all of its entries, however many a bulk had;
 * dead letters, which never use an id up, take nothing from them.
 */
@Component
@Snapshot
public class CommandTraces {

  /** The most commands, and the most dead letters, that are told of an id: the newest. */
  public static final int MOST = 1_000;

  private static final String OF_ID =
      " command_id = :id AND (CAST(:source AS text) IS NULL OR command_source = :source) ";

  private static final String APPLIED =
      """
      SELECT command_source, command_digest, min(command_type), min(recorded_at),
        array_agg(position ORDER BY position),
        min(CAST(details AS text)) FILTER (WHERE type = :rejected)
      FROM orchestration_log
      WHERE %s AND type <> :deadLettered AND command_digest IS NOT NULL
      GROUP BY command_source, command_digest
      ORDER BY max(position) DESC LIMIT :most
      """
          .formatted(OF_ID);

  private static final String DEAD_LETTERS =
      """
      SELECT command_source, command_type, recorded_at, position
      FROM orchestration_log
      WHERE %s AND type = :deadLettered
      ORDER BY position DESC LIMIT :most
      """
          .formatted(OF_ID);

  private final JdbcClient jdbc;

  CommandTraces(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Finds the commands that were applied, the newest first.
   *
   * @param id the commands' id
   * @param source their source, or null for commands of this id from anywhere
   */
  public List<CommandTrace> applied(String id, @Nullable String source) {
    return find(
        jdbc.sql(APPLIED).param("rejected", EventType.COMMAND_REJECTED.value()),
        id,
        source,
        (row, n) ->
            new CommandTrace(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                time(row, 4),
                positions(row.getArray(5)),
                row.getString(6)));
  }

  /** Likewise, those that could not be read, or were given up. */
  public List<DeadLetterTrace> deadLetters(String id, @Nullable String source) {
    return find(
        jdbc.sql(DEAD_LETTERS),
        id,
        source,
        (row, n) ->
            new DeadLetterTrace(row.getString(1), row.getString(2), time(row, 3), row.getLong(4)));
  }

  private static <T> List<T> find(
      JdbcClient.StatementSpec statement, String id, @Nullable String source, RowMapper<T> rows) {
    return statement
        .param("id", id)
        .param("source", source)
        .param("deadLettered", EventType.COMMAND_DEAD_LETTERED.value())
        .param("most", MOST)
        .query(rows)
        .list();
  }

  private static Instant time(ResultSet row, int column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  private static List<Long> positions(Array array) throws SQLException {
    return List.of((Long[]) array.getArray());
  }
}
