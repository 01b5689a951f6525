package io.agentorchestrator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.messages.Command.BulkAction;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.messages.RejectionType;
import jakarta.persistence.PersistenceException;
import java.sql.SQLException;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.transaction.IllegalTransactionStateException;

class PartFailureTest {

  private static final UUID AGENT = new UUID(1, 1);

  @ParameterizedTest
  @ValueSource(strings = {"22012", "22003", "22P02", "54000"})
  void isItsOwnWhereTheDataIsToBlame(String state) {
    assertThat(PartFailure.isItsOwn(failure(state))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "08006", "23505", "23514", "25P02", "40001", "40P01", "42P01", "53100", "54001", "55P03",
        "57014", "57P01", "XX000"
      })
  void isTheTransactionsWhateverElseTheDatabaseSays(String state) {
    assertThat(PartFailure.isItsOwn(failure(state))).isFalse();
  }

  @Test
  void isTheTransactionsWhereTheDatabaseSaysNothing() {
    assertThat(PartFailure.isItsOwn(new DataAccessResourceFailureException("away"))).isFalse();
    assertThat(PartFailure.isItsOwn(new PersistenceException("closed"))).isFalse();
    assertThat(PartFailure.isItsOwn(new IllegalTransactionStateException("none"))).isFalse();
    assertThat(PartFailure.isItsOwn(new RuntimeException(new SQLException("away")))).isFalse();
    assertThat(PartFailure.isItsOwn(new LocksGrewException())).isFalse();
  }

  @Test
  void isItsOwnWhereItIsADefectOfOurs() {
    assertThat(PartFailure.isItsOwn(new IllegalStateException("no transition"))).isTrue();
  }

  @Test
  void tellsUsersTheKindOfFailureAndNothingOfRows() {
    Rejection sql = PartFailure.rejection(BulkAction.RESET_STATUS, AGENT, failure("22012"));
    Rejection defect =
        PartFailure.rejection(BulkAction.ACTIVATE, AGENT, new IllegalStateException("secret"));

    assertThat(sql.type()).isEqualTo(RejectionType.INVALID_STATE);
    assertThat(sql.reason())
        .isEqualTo(
            "Expected to reset agent %s, but it failed and was undone (SQLSTATE 22012)."
                .formatted(AGENT));
    assertThat(defect.reason())
        .isEqualTo(
            "Expected to activate agent %s, but it failed and was undone (IllegalStateException)."
                .formatted(AGENT));
  }

  private static RuntimeException failure(String state) {
    return new DataIntegrityViolationException("secret", new SQLException("secret", state));
  }
}
