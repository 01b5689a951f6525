package io.agentorchestrator.statistics;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.pipeline.Tables;
import io.agentorchestrator.rest.Reading;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The counts that triggers keep, whoever writes. */
class EntityCountsIT {

  private static final String INSERT =
      """
      INSERT INTO tasks (id, type, description, input, status, priority, required_capabilities,
        depends_on, assignment, attempt, retry_count, max_retries, tags, metadata, created_at,
        updated_at, entity_version)
      SELECT gen_random_uuid(), '%s', 'Counted.', '{}',
        CASE n %% 3 WHEN 0 THEN 'submitted' WHEN 1 THEN 'failed' ELSE 'canceled' END, 2, '{}', '{}',
        'manual', 0, 0, 0, '{}', '{}', now(), now(), 1
      FROM generate_series(1, %d) AS n
      """;

  private final Reading reading = Reading.shared();
  private final String type = "type-" + UUID.randomUUID();

  @AfterEach
  void removeWhatNoLogTellsOf() {
    reading.sql().sql("DELETE FROM tasks WHERE type = ?").param(type).update();
  }

  @Test
  void areRightAtEveryMomentWhileManyWriteAndTheyAreFolded() throws Exception {
    List<Callable<Void>> writers = new ArrayList<>();
    for (int writer = 0; writer < 3; writer++) {
      long seed = writer;
      writers.add(() -> write(new Random(seed)));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(writers.size());
        Connection connection = reading.connect()) {
      List<Future<Void>> written = writers.stream().map(threads::submit).toList();
      int looks = 0;
      long folded = 0;
      while (looks < 50 || !written.stream().allMatch(Future::isDone)) {
        folded += number(connection, "SELECT fold_entity_counts()");
        assertThat(Tables.miscounted(connection)).isEmpty();
        looks++;
      }
      for (Future<Void> each : written) {
        each.get();
      }
      assertThat(folded).isPositive();
    }
  }

  private Void write(Random random) throws SQLException {
    try (Connection connection = reading.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (int i = 0; i < 60; i++) {
        statement.execute(INSERT.formatted(type, 1 + random.nextInt(5)));
        statement.execute(
            """
            UPDATE tasks SET status = CASE status WHEN 'failed' THEN 'canceled' ELSE 'failed' END
            WHERE id IN (
              SELECT id FROM tasks WHERE type = '%s' LIMIT 5 FOR UPDATE SKIP LOCKED)
            """
                .formatted(type));
        if (random.nextInt(4) == 0) {
          statement.execute(
              """
              DELETE FROM tasks WHERE id IN (
                SELECT id FROM tasks WHERE type = '%s' LIMIT 3 FOR UPDATE SKIP LOCKED)
              """
                  .formatted(type));
        }
        if (random.nextInt(5) == 0) {
          connection.rollback();
        } else {
          connection.commit();
        }
      }
    }
    return null;
  }

  @Test
  void areReadWithoutALookAtWhatWasFoldedThoughItCannotBeClearedAway() throws SQLException {
    try (Connection old = reading.connect();
        Connection connection = reading.connect();
        Statement statement = connection.createStatement()) {
      old.setAutoCommit(false);
      old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      number(old, "SELECT count(*) FROM tasks");
      statement.execute(INSERT.formatted(type, 3000));
      for (int i = 0; i < 5; i++) {
        statement.execute(
            "UPDATE tasks SET status = CASE status WHEN 'failed' THEN 'canceled' ELSE 'failed' END"
                + " WHERE type = '%s'".formatted(type));
      }

      while (number(connection, "SELECT count(*) FROM entity_count_changes") > 0) {
        number(connection, "SELECT fold_entity_counts()");
      }

      assertThat(number(connection, "SELECT pg_relation_size('entity_count_changes') / 8192"))
          .isGreaterThan(200);
      assertThat(blocksRead(connection)).isLessThan(50);
      assertThat(number(old, "SELECT count(*) FROM tasks WHERE type = '%s'".formatted(type)))
          .isZero();
    }
  }

  @Test
  void goOnWhereTheServerCountsItsTransactionsAnew() throws SQLException {
    try (Connection connection = reading.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          """
          UPDATE entity_count_fold
          SET folded_until = (pg_current_xact_id()::text::bigint + 1000000000)::text::xid8
          """);
      statement.execute(INSERT.formatted(type, 7));
      assertThat(Tables.miscounted(connection)).isEmpty();
      connection.commit();
      connection.setAutoCommit(true);

      while (number(connection, "SELECT count(*) FROM entity_count_changes") > 0) {
        number(connection, "SELECT fold_entity_counts()");
      }

      assertThat(Tables.miscounted(connection)).isEmpty();
      assertThat(
              number(
                  connection,
                  "SELECT count(*) FROM entity_count_fold"
                      + " WHERE folded_until <= pg_snapshot_xmax(pg_current_snapshot())"))
          .isOne();
    }
  }

  @Test
  void areCountedAnewWhereTriggersDidNotRun() throws SQLException {
    try (Connection connection = reading.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET session_replication_role = replica");
      statement.execute(INSERT.formatted(type, 9));
      statement.execute("SET session_replication_role = origin");
      statement.execute(INSERT.formatted(type, 3)); // Not folded yet, most likely.
      assertThat(Tables.miscounted(connection)).isNotEmpty();

      statement.execute("SELECT recount_entities()");

      assertThat(Tables.miscounted(connection)).isEmpty();
    }
  }

  private static long blocksRead(Connection connection) throws SQLException {
    StringBuilder plan = new StringBuilder();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) SELECT * FROM entity_counts_now")) {
      while (row.next()) {
        plan.append(row.getString(1)).append('\n');
      }
    }
    Matcher blocks = Pattern.compile("Buffers: shared hit=(\\d+)").matcher(plan);
    assertThat(blocks.find()).as(plan.toString()).isTrue();
    return Long.parseLong(blocks.group(1));
  }

  private static long number(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }
}
