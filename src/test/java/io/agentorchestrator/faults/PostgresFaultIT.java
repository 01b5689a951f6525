package io.agentorchestrator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.local.WorkerProcess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** PostgreSQL, and the way to it, break while commands come. */
@Order(3)
class PostgresFaultIT {

  /** So that what hangs ends sooner than the black hole. */
  private static final String[] SHORT_TIMEOUTS = {
    "--orchestrator.database.timeouts.lock=3",
    "--orchestrator.database.timeouts.statement=5",
    "--orchestrator.database.timeouts.idle-in-transaction=8",
    "--orchestrator.database.timeouts.socket=10"
  };

  private static final String[] IMPATIENT = {"--orchestrator.database.pool-timeout=3"};

  private static final String LOCK_TASKS = "LOCK TABLE tasks IN EXCLUSIVE MODE";

  /**
   * By a hash: of a poll that is always read again from its start, the same statement would be
   * every tenth for good.
   */
  private static final String ABOUT_A_TENTH_FAILS =
      """
      CREATE SEQUENCE attempts;
      CREATE SEQUENCE failures;
      CREATE FUNCTION fail_at_times() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF hashint8(nextval('attempts')) % 10 = 0 THEN
          PERFORM nextval('failures');
          RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001';
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER fail_at_times AFTER INSERT ON command_keys
        FOR EACH STATEMENT EXECUTE FUNCTION fail_at_times();
      """;

  private final Cluster cluster = Cluster.shared();

  @TempDir private Path folder;

  @ParameterizedTest
  @Tag("quick-faults")
  @EnumSource
  void findsOutWhatBecameOfACommitThatWasNotAnswered(CommitTrap.Kind kind) {
    try (Scenario scenario = new Scenario("commit " + kind, cluster, 1, 200, 60)) {
      for (int i = 0; i < 6; i++) {
        int nth = 1 + scenario.random().nextInt(3);
        CommitTrap trap = cluster.toPostgres().catchCommit(kind, nth, "command_keys");
        scenario.inject(kind + " of COMMIT " + nth, () -> trap.await(Duration.ofMinutes(3)));
        assertThat(trap.await(Duration.ofSeconds(1)).committed())
            .isEqualTo(kind == CommitTrap.Kind.DROP_ANSWER);
      }
      scenario.judge();
    }
  }

  @Test
  @Tag("faults")
  void bearsConnectionsThatAreCut() {
    try (Scenario scenario = new Scenario("cuts", cluster, 1, 250, 100, IMPATIENT)) {
      for (int i = 0; i < 12; i++) {
        scenario.rest(Duration.ofMillis(200 + scenario.random().nextInt(1000)));
        cluster.toPostgres().awaitConnection();
        scenario.inject("cut", () -> assertThat(cluster.toPostgres().cut()).isPositive());
      }
      scenario.judge();
    }
  }

  @Test
  @Tag("faults")
  void bearsAnAddressWithNobodyThere() {
    try (Scenario scenario = new Scenario("away", cluster, 1, 250, 60, IMPATIENT)) {
      scenario.awaitSent(0.3);
      scenario.inject("away", cluster.toPostgres()::away);
      scenario.rest(Duration.ofSeconds(20));
      scenario.note("back");
      cluster.toPostgres().back();
      scenario.judge();
    }
  }

  /**
   * It is over in less than the pool's time-out, and what the server ends nobody hears of: that the
   * commands are down meanwhile is by the socket's time-out.
   */
  @Test
  @Tag("faults")
  void bearsANetworkThatSwallowsAll() {
    try (Scenario scenario = new Scenario("black hole", cluster, 1, 250, 60, SHORT_TIMEOUTS)) {
      scenario.awaitSent(0.3);
      scenario.inject("black hole", cluster.toPostgres()::blackHole);
      scenario.awaitDown("commands", Duration.ofSeconds(25));
      scenario.rest(Duration.ofSeconds(5));
      scenario.note("pass");
      cluster.toPostgres().pass();
      scenario.judge();
    }
  }

  @Test
  @Tag("faults")
  void bearsASlowNetworkThatDeliversByteByByte() {
    try (Scenario scenario = new Scenario("slow", cluster, 1, 150, 30)) {
      scenario.awaitSent(0.1);
      scenario.inject(
          "delay", () -> cluster.toPostgres().delay(Duration.ofMillis(10), Duration.ofMillis(40)));
      scenario.awaitSent(0.4);
      scenario.lastUntilJudged(Duration.ofSeconds(20));
      scenario.inject("slice", () -> cluster.toPostgres().slice(Integer.MAX_VALUE));
      scenario.rest(Duration.ofSeconds(10));
      scenario.requireUnderLoad();
      scenario.inject("stall", cluster.toPostgres()::stall);
      scenario.rest(Duration.ofSeconds(3));
      scenario.note("pass");
      cluster.toPostgres().pass();
      scenario.judge();
    }
  }

  @Test
  @Tag("faults")
  void bearsACrashOfTheServer() {
    try (Scenario scenario = new Scenario("crash of PostgreSQL", cluster, 1, 250, 100, IMPATIENT)) {
      for (double sent : List.of(0.25, 0.5)) {
        scenario.awaitSent(sent);
        scenario.inject("SIGKILL of PostgreSQL", cluster.postgres()::crash);
        scenario.rest(Duration.ofMillis(scenario.random().nextInt(3000)));
        scenario.note("start");
        cluster.postgres().start();
      }
      scenario.judge();
    }
  }

  @Test
  @Tag("faults")
  void bearsRestartsOfTheServer() {
    try (Scenario scenario = new Scenario("restarts", cluster, 1, 300, 60, IMPATIENT)) {
      scenario.lastUntilJudged(Duration.ofSeconds(30));
      PostgresProcess postgres = cluster.postgres();
      restart(scenario, "immediate stop of PostgreSQL", postgres::stopImmediate);
      restart(scenario, "fast stop of PostgreSQL", postgres::stopFast);
      restart(scenario, "SIGKILL of the postmaster", postgres::killPostmaster);
      restart(scenario, "SIGKILL of PostgreSQL", postgres::crash);
      scenario.judge();
    }
  }

  private void restart(Scenario scenario, String how, Runnable stop) {
    scenario.awaitProgress();
    scenario.requireUnderLoad();
    scenario.inject(how, stop);
    scenario.rest(Duration.ofMillis(scenario.random().nextInt(3000)));
    scenario.note("start");
    cluster.postgres().start();
  }

  @Test
  @Tag("faults")
  void bearsSessionsThatAreEnded() {
    try (Scenario scenario = new Scenario("terminations", cluster, 1, 250, 60, IMPATIENT)) {
      scenario.lastUntilJudged(Duration.ofSeconds(20));
      for (int i = 0; i < 20; i++) {
        scenario.rest(Duration.ofMillis(100 + scenario.random().nextInt(600)));
        String kind = i % 4 == 3 ? "walsender" : "client backend";
        scenario.endSession("backend_type = '%s'".formatted(kind));
      }
      scenario.judge();
    }
  }

  @Test
  @Tag("faults")
  void waitsForALockThatIsHeldLongerThanItMayWait() throws SQLException {
    try (Scenario scenario = new Scenario("held lock", cluster, 1, 250, 60)) {
      scenario.awaitSent(0.2);
      try (Connection connection = Databases.connect(scenario.site());
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        // Should it come to a deadlock, the worker gives way.
        statement.execute("SET deadlock_timeout = '20s'");
        statement.execute("SELECT FROM agents FOR UPDATE");
        scenario.inject("locks held", () -> execute(statement, LOCK_TASKS));
        scenario.rest(Duration.ofSeconds(20));
        connection.rollback();
        scenario.note("locks released");
      }
      scenario.judge();
      assertThat(
              Metrics.sum(
                  scenario.workers().getFirst(),
                  "orchestrator_database_errors_total",
                  "sqlstate_class=\"55\""))
          .as("transactions that waited for a lock in vain")
          .isPositive();
    }
  }

  private static void execute(Statement statement, String sql) {
    try {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  @Tag("faults")
  void goesOnAfterDeadlocks() throws SQLException {
    try (Scenario scenario = new Scenario("deadlocks", cluster, 1, 400, 60)) {
      long before = deadlocks(scenario);
      scenario.awaitSent(0.1);
      for (int i = 0; i < 8 && !scenario.isOver(); i++) {
        scenario.inject("locks in the wrong order", () -> lockInTheWrongOrder(scenario));
      }
      scenario.judge();
      assertThat(deadlocks(scenario)).as("deadlocks").isGreaterThan(before);
    }
  }

  /** Agents first, and tasks behind them, where the worker waits for the agents with its tasks. */
  private static void lockInTheWrongOrder(Scenario scenario) {
    try (Connection connection = Databases.connect(scenario.site());
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      // So that the worker is the one who finds out.
      statement.execute("SET deadlock_timeout = '20s'");
      statement.execute("SELECT FROM agents ORDER BY id FOR UPDATE");
      scenario.rest(Duration.ofMillis(700));
      statement.execute(LOCK_TASKS);
      connection.rollback();
    } catch (SQLException e) {
      scenario.note("it was this session: " + e.getMessage());
    }
  }

  private static long deadlocks(Scenario scenario) {
    return Databases.count(
        scenario.site(),
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
  }

  @Test
  @Tag("faults")
  void runsAgainWhatCannotBeSerialized() {
    try (Scenario scenario = new Scenario("serialization failures", cluster, 1, 250, 100)) {
      scenario.inject(
          "about a tenth of the transactions fail",
          () -> Databases.execute(scenario.site(), ABOUT_A_TENTH_FAILS));
      scenario.judge();
      assertThat(Databases.count(scenario.site(), "SELECT nextval('failures') - 1"))
          .as("transactions that failed")
          .isPositive();
    }
  }

  /** Whoever has the one connection waits for a lock, longer than the others wait for it. */
  @Test
  @Tag("faults")
  void waitsForAConnectionOfAPoolThatIsExhausted() throws SQLException {
    try (Scenario scenario =
        new Scenario(
            "exhausted pool",
            cluster,
            1,
            200,
            100,
            "--orchestrator.database.pool-size=1",
            "--orchestrator.database.max-overflow=0",
            "--orchestrator.database.pool-timeout=1")) {
      scenario.note("one connection for all");
      WorkerProcess worker = scenario.workers().getFirst();
      for (double sent : List.of(0.2, 0.4, 0.6)) {
        scenario.awaitSent(sent);
        try (Connection connection = Databases.connect(scenario.site());
            Statement statement = connection.createStatement()) {
          connection.setAutoCommit(false);
          scenario.inject("its transaction has to wait", () -> execute(statement, LOCK_TASKS));
          scenario.rest(Duration.ofSeconds(4));
          connection.rollback();
          scenario.note("and goes on");
        }
      }
      scenario.judge();
      assertThat(Metrics.sum(worker, "hikaricp_connections_timeout_total", "pool=\"commands\""))
          .as("those who waited for a connection in vain")
          .isPositive();
    }
  }

  /** What was committed is on the standby, the slot too, and no event was told before that. */
  @Test
  @Tag("faults")
  void goesOnAtAStandbyThatIsPromoted() {
    try (Cluster own = Cluster.fresh();
        PostgresProcess standby = own.postgres().standby(folder, true);
        Scenario scenario = new Scenario("promotion", own, 1, 500, 50, IMPATIENT)) {
      scenario.lastUntilJudged();
      // It is only while somebody reads from the slot, which takes a load.
      standby.awaitSynced(scenario.site().name());
      scenario.awaitSent(0.3);
      scenario.requireUnderLoad();
      scenario.inject("SIGKILL of the primary", own.postgres()::crash);
      scenario.note("promotion");
      standby.promote();
      scenario.moveTo(standby);
      own.toPostgres().cut();
      scenario.judge();
    }
  }

  @Test
  @Tag("faults")
  void waitsForRoomOnADiskThatIsFull() {
    try (SmallDisk disk = SmallDisk.mount(folder, 300);
        Cluster own = Cluster.fresh(folder.resolve("database"));
        Scenario scenario = new Scenario("disk full", own, 1, 300, 50, IMPATIENT)) {
      scenario.awaitSent(0.2);
      scenario.inject("disk full", () -> disk.fill(0));
      scenario.awaitDown("commands");
      scenario.rest(Duration.ofSeconds(10));
      scenario.note("room again");
      disk.relieve();
      if (!own.postgres().isAlive()) {
        scenario.note("PostgreSQL starts");
        own.postgres().start();
      }
      scenario.judge();
    }
  }
}
