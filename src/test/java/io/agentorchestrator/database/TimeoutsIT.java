package io.agentorchestrator.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.pipeline.Settling;
import io.agentorchestrator.rest.Reading;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Whatever hangs ends in a bounded time, by itself and with an error that says what it was. */
class TimeoutsIT {

  private static final String SESSIONS =
      """
      SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'test'
      """;

  private final Site site = Site.fresh();
  private final DatabaseProperties properties = SomeProperties.of(site, shortOnes());

  private static Map<String, String> shortOnes() {
    return Map.of(
        "orchestrator.database.timeouts.connect", "1",
        "orchestrator.database.timeouts.lock", "1",
        "orchestrator.database.timeouts.statement", "2",
        "orchestrator.database.timeouts.idle-in-transaction", "3",
        "orchestrator.database.timeouts.transaction", "4",
        "orchestrator.database.timeouts.socket", "4");
  }

  private Connection connect() throws SQLException {
    return new DatabaseConnector(properties).connect("test");
  }

  /** As SQLSTATE, within the time and a second to spare. */
  private static void assertEnds(ThrowingCallable hanging, String sqlState, int seconds) {
    assertEnds(hanging, sqlState, seconds, seconds);
  }

  private static void assertEnds(ThrowingCallable hanging, String sqlState, int least, int most) {
    long start = System.nanoTime();
    assertThatThrownBy(hanging)
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(sqlState));
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(least * 1000L - 100), Duration.ofMillis(most * 1000L + 1500));
  }

  @Test
  void endsTheWaitForALock() throws SQLException {
    try (Connection holder = connect();
        Connection waiting = connect();
        Statement hold = holder.createStatement();
        Statement statement = waiting.createStatement()) {
      hold.execute("CREATE TABLE contended (id integer)");
      holder.setAutoCommit(false);
      hold.execute("LOCK TABLE contended");

      assertEnds(() -> statement.execute("SELECT * FROM contended"), "55P03", 1);
    }
  }

  @Test
  void endsAStatementThatHangs() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      assertEnds(() -> statement.execute("SELECT pg_sleep(30)"), "57014", 2);
    }
  }

  @Test
  void endsATransactionInWhichNothingHappens() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      long start = System.nanoTime();
      statement.execute("SELECT 1");

      await().atMost(Duration.ofSeconds(5)).until(() -> Settling.count(site, SESSIONS) == 0);
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isGreaterThan(Duration.ofMillis(2900));
      assertThatThrownBy(() -> statement.execute("SELECT 1"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("idle-in-transaction timeout");
    }
  }

  @Test
  void endsATransactionThatTakesTooLongAsAWhole() throws SQLException {
    try (Connection connection = new DatabaseConnector(properties).connectForTransactions("test");
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      // Each is short enough, and nobody is idle.
      assertEnds(
          () -> {
            for (int i = 0; i < 5; i++) {
              statement.execute("SELECT pg_sleep(1.5)");
            }
          },
          "25P04",
          4);
    }
  }

  /** A role, a search path or a tenant; and values of theirs for what is limited here. */
  @Test
  void holdWhateverOptionsTheUrlHas() throws SQLException {
    DatabaseProperties withOptions =
        SomeProperties.of(
            site.servers().databaseUrl(site.name())
                + "?options=-c%20search_path=theirs%20-c%20lock_timeout=0%20-c%20work_mem=5MB"
                + "&ApplicationName=theirs",
            shortOnes());
    try (Connection connection = new DatabaseConnector(withOptions).connect("test")) {
      assertThat(shown(connection, "lock_timeout")).isEqualTo("1s");
      assertThat(shown(connection, "statement_timeout")).isEqualTo("2s");
      assertThat(shown(connection, "idle_in_transaction_session_timeout")).isEqualTo("3s");
      assertThat(shown(connection, "search_path")).isEqualTo("theirs");
      assertThat(shown(connection, "work_mem")).isEqualTo("5MB");
      assertThat(shown(connection, "application_name")).isEqualTo("test");
    }
  }

  @Test
  void holdForTheConnectionsOfAWorkersPools() throws SQLException {
    LocalWorker worker = Reading.shared().worker();
    try (Connection ofCommands = worker.bean(DataSource.class).getConnection()) {
      assertThat(shown(ofCommands, "lock_timeout")).isEqualTo("15s");
      assertThat(shown(ofCommands, "statement_timeout")).isEqualTo("40s");
      assertThat(shown(ofCommands, "transaction_timeout")).isEqualTo("80s");
    }
    JdbcClient reads = worker.bean(PrimaryReads.class).jdbc();
    assertThat(reads.sql("SHOW statement_timeout").query(String.class).single()).isEqualTo("2s");
    assertThat(reads.sql("SHOW transaction_timeout").query(String.class).single()).isEqualTo("80s");
  }

  private static String shown(Connection connection, String setting) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW " + setting)) {
      row.next();
      return row.getString(1);
    }
  }

  @Test
  void endsAReadEarlierAndPlansItForItsValues() throws SQLException {
    DatabaseProperties ofReads =
        SomeProperties.of(site, Map.of("orchestrator.database.timeouts.read", "1"));
    try (Connection connection = DatabaseConnector.ofReads(ofReads).connect("test");
        Statement statement = connection.createStatement()) {
      assertEnds(() -> statement.execute("SELECT pg_sleep(30)"), "57014", 1);
      assertThat(shown(connection, "plan_cache_mode")).isEqualTo("force_custom_plan");
    }
  }

  @Test
  void endsTheWaitForAServerThatSaysNothing() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      DatabaseConnector connector =
          new DatabaseConnector(
              SomeProperties.of(
                  "postgresql://nobody@127.0.0.1:%d/nothing".formatted(silent.getLocalPort()),
                  shortOnes()));

      // Perhaps twice: the driver first asks whether the server encrypts.
      assertEnds(() -> connector.connect("test").close(), "08001", 4, 8);
    }
  }

  @Test
  void refusesAnOrderInWhichOneWouldComeTooLate() {
    assertThatThrownBy(
            () ->
                SomeProperties.of(
                    "postgresql://h/d", Map.of("orchestrator.database.timeouts.lock", "40")))
        .isInstanceOf(BindException.class)
        .hasStackTraceContaining(
            "Expected orchestrator.database.timeouts.lock < statement < idle-in-transaction <"
                + " socket, but they are 40, 40, 50, 60 s.");
  }

  @Test
  void refusesATransactionThatMayTakeNoLongerThanOneThatIsIdle() {
    assertThatThrownBy(
            () ->
                SomeProperties.of(
                    "postgresql://h/d", Map.of("orchestrator.database.timeouts.transaction", "50")))
        .isInstanceOf(BindException.class)
        .hasStackTraceContaining(
            "Expected orchestrator.database.timeouts.idle-in-transaction < transaction, but they"
                + " are 50, 50 s.");
  }

  @Test
  void refusesReadsThatMayTakeLongerThanAnyStatement() {
    assertThatThrownBy(
            () ->
                SomeProperties.of(
                    "postgresql://h/d", Map.of("orchestrator.database.timeouts.read", "41")))
        .isInstanceOf(BindException.class)
        .hasStackTraceContaining(
            "Expected orchestrator.database.timeouts.read <= statement, but they are 41, 40 s.");
  }
}
