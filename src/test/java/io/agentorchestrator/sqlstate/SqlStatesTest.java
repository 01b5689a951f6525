package io.agentorchestrator.sqlstate;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.transaction.CannotCreateTransactionException;

class SqlStatesTest {

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private double counted(String sqlStateClass) {
    return registry
        .get("orchestrator.database.errors")
        .tag("sqlstate_class", sqlStateClass)
        .counter()
        .count();
  }

  @ParameterizedTest
  @CsvSource({"57014, 57", "08001, 08", "40001, 40", "XX000, XX"})
  void countsAFailureOnceByItsClass(String state, String sqlStateClass) {
    SQLException first = new SQLException("first", state);
    SqlStates.count(new QueryTimeoutException("wrapped", new SQLException(first)), registry);

    assertThat(counted(sqlStateClass)).isEqualTo(1);
    assertThat(registry.getMeters()).extracting(Meter::getId).hasSize(1);
  }

  @Test
  void countsThatThePoolGaveNoConnectionInTime() {
    SqlStates.count(
        new CannotCreateTransactionException(
            "wrapped", new SQLTransientConnectionException("Connection is not available")),
        registry);

    assertThat(counted("none")).isEqualTo(1);
  }

  /** A pool says with what the last try to open a connection failed. */
  @Test
  void countsThatThePoolCanOpenNoneByTheReason() {
    SqlStates.count(
        new SQLTransientConnectionException(
            "Connection is not available", new SQLException("refused", "08001")),
        registry);

    assertThat(counted("08")).isEqualTo(1);
  }

  @Test
  void doesNotCountWhatIsNotTheDatabases() {
    SqlStates.count(new IllegalStateException(new IllegalArgumentException()), registry);

    assertThat(registry.getMeters()).isEmpty();
  }
}
