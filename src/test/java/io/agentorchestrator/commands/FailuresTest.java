package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.commands.Failures.Kind;
import io.agentorchestrator.sqlstate.SqlStates;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.transaction.CannotCreateTransactionException;

class FailuresTest {

  @ParameterizedTest
  @CsvSource({
    "22003, RECORD",
    "22021, RECORD",
    "22P02, RECORD",
    "22P05, RECORD",
    "54000, RECORD",
    "54001, INFRASTRUCTURE",
    "23505, RACE",
    "23514, INFRASTRUCTURE",
    "23502, INFRASTRUCTURE",
    "23503, INFRASTRUCTURE",
    "08006, INFRASTRUCTURE",
    "53100, INFRASTRUCTURE",
    "53300, INFRASTRUCTURE",
    "57014, INFRASTRUCTURE",
    "57P01, INFRASTRUCTURE",
    "40001, INFRASTRUCTURE",
    "40P01, INFRASTRUCTURE",
    "55P03, INFRASTRUCTURE",
    "42P01, INFRASTRUCTURE",
    "25P03, INFRASTRUCTURE",
    "XX000, INFRASTRUCTURE",
    ", INFRASTRUCTURE"
  })
  void tellsByTheSqlState(@Nullable String state, Kind kind) {
    SQLException sql = new SQLException("failed", state);

    assertThat(Failures.kindOf(new DataIntegrityViolationException("failed", sql))).isEqualTo(kind);
    assertThat(Failures.kindOf(new QueryTimeoutException("failed", new RuntimeException(sql))))
        .isEqualTo(kind);
    assertThat(Failures.kindOf(new HandlerException(new IllegalStateException(sql))))
        .isEqualTo(kind);
    assertThat(SqlStates.of(new RuntimeException(sql))).isEqualTo(state);
  }

  /** By the function that signs, for the message is in the server's language. */
  @ParameterizedTest
  @CsvSource({
    "GetNewTransactionId, INFRASTRUCTURE",
    "GetNewMultiXactId, INFRASTRUCTURE",
    "_bt_check_third_page, RECORD"
  })
  void tellsARecordTooLargeFromADatabaseOutOfTransactionIds(String routine, Kind kind) {
    PSQLException sql =
        new PSQLException(
            new ServerErrorMessage("SERROR\0C54000\0Mtoo much\0Fsome.c\0R%s\0".formatted(routine)));

    assertThat(Failures.kindOf(new DataIntegrityViolationException("failed", sql))).isEqualTo(kind);
  }

  @Test
  void neverBlamesARecordWhileConnecting() {
    SQLException timeZone = new SQLException("invalid value for parameter", "22023");

    assertThat(Failures.kindOf(new CannotCreateTransactionException("no connection", timeZone)))
        .isEqualTo(Kind.INFRASTRUCTURE);
  }

  @Test
  void looksForTheStateAtTheBottom() {
    SQLException cause = new SQLException("null byte", "22021");
    BatchUpdateException batch = new BatchUpdateException("batch", null, 0, new int[0], cause);

    assertThat(SqlStates.of(new RuntimeException(batch))).isEqualTo("22021");
    assertThat(Failures.kindOf(new RuntimeException(batch))).isEqualTo(Kind.RECORD);
  }

  @Test
  void blamesTheRecordForADefectOfOurOwnHandlerOnly() {
    assertThat(Failures.kindOf(new HandlerException(new IllegalStateException("defect"))))
        .isEqualTo(Kind.RECORD);
    assertThat(Failures.kindOf(new IllegalStateException("elsewhere")))
        .isEqualTo(Kind.INFRASTRUCTURE);
  }

  @Test
  void neverBlamesTheRecordForAnOutage() {
    SQLException pool = new SQLTransientConnectionException("no connection within 30 s");

    assertThat(Failures.kindOf(new CannotCreateTransactionException("pool", pool)))
        .isEqualTo(Kind.INFRASTRUCTURE);
    assertThat(Failures.kindOf(new TimeoutException("Kafka is away")))
        .isEqualTo(Kind.INFRASTRUCTURE);
    assertThat(Failures.kindOf(new HandlerException(new IllegalStateException(pool))))
        .isEqualTo(Kind.INFRASTRUCTURE);
  }

  @Test
  void runsAgainWhereTheLocksDidNotSuffice() {
    CommandKey key = new CommandKey("1", "/tests");

    RunAgainException refused = new RunAgainException(Set.of(key));

    assertThat(Failures.kindOf(refused)).isEqualTo(Kind.RACE);
    assertThat(refused.heartbeatsToClaim()).containsExactly(key);
  }
}
