package io.agentorchestrator.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agentorchestrator.faults.CommitTrap.Kind;
import io.agentorchestrator.faults.FaultProxy.Direction;
import io.agentorchestrator.local.PostgresAddress;
import io.agentorchestrator.local.Servers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Properties;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** COMMITs of pgjdbc, caught on their way to a real PostgreSQL and back. */
@Tag("faults")
class FaultProxyPostgresIT {

  private static final Duration WAIT = Duration.ofMinutes(1);
  private static final Duration SHORT = Duration.ofMillis(150);
  private static final String DATABASE = "fault_proxy";

  private final PostgresAddress server = Servers.shared().postgres();
  private final FaultProxy proxy = FaultProxy.start(server, 1);

  @BeforeEach
  void makesATable() throws SQLException {
    server.createDatabaseIfMissing(DATABASE);
    try (Connection direct = DriverManager.getConnection(server.jdbcUrl(DATABASE));
        Statement statement = direct.createStatement()) {
      statement.execute("DROP TABLE IF EXISTS kept");
      statement.execute("CREATE TABLE kept (value int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    }
  }

  @AfterEach
  void closes() {
    proxy.close();
  }

  /** "extended" names the statement COMMIT when it is first sent, and later only binds it. */
  @ParameterizedTest
  @ValueSource(strings = {"simple", "extended", "extendedForPrepared", "extendedCacheEverything"})
  void letsTheServerCommitAndKeepsItsAnswer(String mode) throws SQLException {
    for (int earlier = 0; earlier < 3; earlier++) {
      int value = 10 * earlier;
      try (Connection connection = connect(mode)) {
        for (int i = 1; i <= earlier; i++) {
          insert(connection, value + i);
          connection.commit();
        }
        insert(connection, value);
        Instant before = Instant.now();
        CommitTrap trap = proxy.catchCommit(Kind.DROP_ANSWER, 1, "insert into kept");

        assertBroken(connection::commit);

        CommitTrap.Outcome outcome = trap.await(WAIT);
        assertThat(trap.hasSprung()).isTrue();
        assertThat(outcome.committed()).isTrue();
        assertThat(outcome.at()).isBetween(before, Instant.now());
        assertThat(outcome.statements()).anyMatch(sql -> sql.startsWith("INSERT INTO kept"));
        assertThat(isKept(value)).isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"simple", "extended"})
  void cutsBeforeTheServerHearsOfTheCommit(String mode) throws SQLException {
    for (int earlier = 0; earlier < 3; earlier++) {
      int value = 10 * earlier;
      try (Connection connection = connect(mode)) {
        for (int i = 1; i <= earlier; i++) {
          insert(connection, value + i);
          connection.commit();
        }
        insert(connection, value);
        CommitTrap trap = proxy.catchCommit(Kind.CUT_BEFORE, 1, "");

        assertBroken(connection::commit);

        assertThat(trap.await(WAIT).answer()).isEqualTo("none");
        assertThat(isKept(value)).isFalse();
        assertThat(isKept(value + 1)).isEqualTo(earlier > 0);
      }
    }
  }

  @Test
  void countsOnlyTheCommitsOfTransactionsThatAreMeant() throws SQLException {
    CommitTrap trap = proxy.catchCommit(Kind.DROP_ANSWER, 2, "INTO KEPT");
    try (Connection connection = connect("extended");
        Statement statement = connection.createStatement()) {
      insert(connection, 1);
      connection.commit();
      for (int i = 0; i < 3; i++) {
        statement.execute("SELECT 1");
        connection.commit();
      }
      insert(connection, 2);
      connection.rollback();
      statement.execute("SELECT 1");
      connection.commit();
      assertThat(trap.hasSprung()).isFalse();

      insert(connection, 3);
      assertBroken(connection::commit);
    }
    assertThat(trap.await(WAIT).committed()).isTrue();
    assertThat(isKept(3)).isTrue();
    try (Connection connection = connect("extended")) {
      insert(connection, 4);
      connection.commit();
    }
  }

  @Test
  void tellsOfACommitThatFailed() throws SQLException {
    try (Connection connection = connect("extended")) {
      insert(connection, 1);
      connection.commit();
      insert(connection, 1);
      CommitTrap trap = proxy.catchCommit(Kind.DROP_ANSWER, 1, "");

      assertBroken(connection::commit);

      assertThat(trap.await(WAIT).answer()).isEqualTo("23505");
    }
  }

  @Test
  void springsNoMoreOnceItIsDisarmed() throws SQLException {
    CommitTrap trap = proxy.catchCommit(Kind.DROP_ANSWER, 1, "");
    trap.disarm();
    try (Connection connection = connect("extended")) {
      insert(connection, 1);
      connection.commit();
    }
    assertThat(trap.hasSprung()).isFalse();
    CommitTrap other = proxy.catchCommit(Kind.DROP_ANSWER, 1, "");
    assertThatThrownBy(() -> other.await(SHORT))
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(TimeoutException.class);
  }

  @Test
  void understandsMessagesCutIntoSingleBytesAndLargeOnes() throws SQLException {
    proxy.slice(2000);
    try (Connection connection = connect("extended");
        PreparedStatement large = connection.prepareStatement("SELECT length(?), repeat('x', ?)")) {
      large.setString(1, "y".repeat(3_000_000));
      large.setInt(2, 3_000_000);
      try (ResultSet row = large.executeQuery()) {
        row.next();
        assertThat(row.getInt(1)).isEqualTo(3_000_000);
        assertThat(row.getString(2)).hasSize(3_000_000);
      }
      insert(connection, 1);
      CommitTrap trap = proxy.catchCommit(Kind.DROP_ANSWER, 1, "");
      assertBroken(connection::commit);
      assertThat(trap.await(WAIT).committed()).isTrue();
    }
  }

  @Test
  void leavesReplicationSessionsAlone() throws SQLException {
    CommitTrap trap = proxy.catchCommit(Kind.CUT_BEFORE, 1, "");
    Properties settings = new Properties();
    settings.setProperty("replication", "database");
    settings.setProperty("preferQueryMode", "simple");
    settings.setProperty("assumeMinServerVersion", "18");
    try (Connection connection =
            DriverManager.getConnection(proxy.to(server).jdbcUrl(DATABASE), settings);
        Statement statement = connection.createStatement()) {
      statement.execute("BEGIN");
      statement.execute("COMMIT");
      try (ResultSet row = statement.executeQuery("IDENTIFY_SYSTEM")) {
        assertThat(row.next()).isTrue();
      }
    }
    assertThat(trap.hasSprung()).isFalse();
  }

  @Test
  void hangsLikeANetworkAndGoesOnAfterwards() throws SQLException {
    try (Connection connection = connect("extended", "socketTimeout", "1")) {
      insert(connection, 1);
      proxy.blackHole(Direction.TO_CLIENT);

      assertBroken(connection::commit);

      proxy.pass();
    }
    assertThat(isKept(1)).isTrue();
    proxy.stall();
    assertThatThrownBy(() -> connect("extended", "loginTimeout", "1").close())
        .isInstanceOf(SQLException.class);
    proxy.pass();
    try (Connection connection = connect("extended")) {
      insert(connection, 2);
      connection.commit();
    }
  }

  private Connection connect(String mode, String... more) throws SQLException {
    Properties settings = new Properties();
    settings.setProperty("preferQueryMode", mode);
    for (int i = 0; i < more.length; i += 2) {
      settings.setProperty(more[i], more[i + 1]);
    }
    Connection connection =
        DriverManager.getConnection(proxy.to(server).jdbcUrl(DATABASE), settings);
    connection.setAutoCommit(false);
    return connection;
  }

  private static void insert(Connection connection, int value) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement("INSERT INTO kept VALUES (?)")) {
      insert.setInt(1, value);
      insert.execute();
    }
  }

  private boolean isKept(int value) throws SQLException {
    try (Connection direct = DriverManager.getConnection(server.jdbcUrl(DATABASE));
        PreparedStatement query = direct.prepareStatement("SELECT FROM kept WHERE value = ?")) {
      query.setInt(1, value);
      try (ResultSet row = query.executeQuery()) {
        return row.next();
      }
    }
  }

  private static void assertBroken(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).startsWith("08"));
  }
}
