package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.agentorchestrator.cli.CliRun;
import io.agentorchestrator.local.PostgresAddress;
import io.agentorchestrator.local.Site;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** A worker whose logins may do what they need, and what they may not do. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RolesIT {

  private static final Path ROLES = Path.of("ops", "postgres-roles.sql");
  private static final String WORKER = "orchestrator_worker";
  private static final String RELAY = "orchestrator_relay";
  private static final String READER = "orchestrator_reader";
  private static final String OWNER = "orchestrator_owner";
  private static final String PASSWORD = "secret";
  private static final String DENIED = "42501";

  private Site site;
  private Pipeline pipeline;

  @BeforeAll
  void start() throws Exception {
    site = siteWithRoles();
    pipeline =
        Pipeline.at(
            site,
            1,
            "--DATABASE_URL=" + url(WORKER),
            "--DATABASE_MIGRATION_URL=" + url(OWNER),
            "--DATABASE_RELAY_URL=" + url(RELAY));
  }

  @AfterAll
  void stop() {
    pipeline.close();
  }

  /** As ops/README.md says; twice, for it may be. */
  private static Site siteWithRoles() throws Exception {
    Site site = Site.fresh();
    try (Connection superuser = DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
        Statement statement = superuser.createStatement()) {
      statement.execute(
          "DO $$ BEGIN IF to_regrole('%1$s') IS NULL THEN CREATE ROLE %1$s; END IF; END $$"
              .formatted(OWNER));
      statement.execute("ALTER ROLE %s LOGIN REPLICATION".formatted(OWNER));
      statement.execute("ALTER DATABASE %s OWNER TO %s".formatted(site.name(), OWNER));
      statement.execute(Files.readString(ROLES));
      statement.execute(Files.readString(ROLES));
      for (String role : new String[] {OWNER, WORKER, RELAY, READER}) {
        statement.execute("ALTER ROLE %s PASSWORD '%s'".formatted(role, PASSWORD));
      }
    }
    return site;
  }

  private String url(String role) {
    PostgresAddress postgres = site.servers().postgres();
    return "postgresql://%s:%s@%s:%d/%s"
        .formatted(role, PASSWORD, postgres.host(), postgres.port(), site.name());
  }

  private static Connection connect(Site site, String role) throws SQLException {
    PostgresAddress postgres = site.servers().postgres();
    return DriverManager.getConnection(
        "jdbc:postgresql://%s:%d/%s".formatted(postgres.host(), postgres.port(), site.name()),
        role,
        PASSWORD);
  }

  private static void execute(Site site, String role, String... statements) throws SQLException {
    try (Connection connection = connect(site, role);
        Statement statement = connection.createStatement()) {
      for (String each : statements) {
        statement.execute(each);
      }
    }
  }

  private static String value(Site site, String role, String query) throws SQLException {
    try (Connection connection = connect(site, role);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  private void assertDenied(String role, String statement) {
    assertThatThrownBy(
            () -> execute(site, role, "SET default_transaction_read_only = off", statement))
        .as("%s as %s", statement, role)
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(DENIED));
  }

  @Test
  void sufficeForAllThatAWorkerDoes() throws Exception {
    UUID agent = UUID.randomUUID();
    UUID task = UUID.randomUUID();

    assertThat(pipeline.ask(Commands.registerAgent(agent, 1)).type())
        .isEqualTo("agent.registered.v1");
    pipeline.ask(Commands.createTask(task, Map.of("assignment", "auto", "max_retries", 0)));
    assertThat(pipeline.eventsAbout(task, 2).getLast().type()).isEqualTo("task.assigned.v1");
    byte[] key = task.toString().getBytes(StandardCharsets.UTF_8);
    pipeline.send(
        new ProducerRecord<>(
            site.topic("orchestrator.commands.tasks"),
            key,
            "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/roles\",\"type\":\"no.such.v1\"}"
                .getBytes(StandardCharsets.UTF_8)));
    pipeline.events("dead letter", event -> event.type().equals("command.dead-lettered.v1"), 1);

    assertThat(pipeline.get("/api/v2/tasks/" + task).get("status").stringValue())
        .isEqualTo("assigned");
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThat(pipeline.get("/api/v2/health/database").get("problems")).isEmpty());
    assertThat(
            value(
                site,
                OWNER,
                "SELECT string_agg(DISTINCT usename, ',' ORDER BY usename) FROM pg_stat_activity"
                    + " WHERE datname = current_database() AND pid <> pg_backend_pid()"))
        .isEqualTo(RELAY + "," + WORKER);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE TABLE made (id integer)",
        "CREATE TEMPORARY TABLE made (id integer)",
        "CREATE INDEX made ON agents (name)",
        "CREATE SCHEMA made",
        "CREATE FUNCTION made() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION orchestrator_clock() RETURNS timestamptz"
            + " LANGUAGE sql VOLATILE AS 'SELECT now()'",
        "CREATE PUBLICATION made FOR TABLE agents",
        "CREATE ROLE made",
        "ALTER TABLE agents ADD COLUMN made integer",
        "ALTER TABLE orchestration_log DISABLE TRIGGER ALL",
        "ALTER PUBLICATION agent_orchestrator ADD TABLE agents",
        "DROP TABLE task_dependencies",
        "DROP FUNCTION create_orchestration_log_partition",
        "DROP FUNCTION drop_orchestration_log_partition",
        "TRUNCATE task_dependencies",
        "UPDATE orchestration_log SET message = ''",
        "DELETE FROM orchestration_log",
        "DELETE FROM relay_confirmation",
        "INSERT INTO relay_confirmation VALUES ('s', now(), now())",
        "DELETE FROM closed_log_months",
        "INSERT INTO closed_log_months VALUES ('orchestration_log_2020_01', 1, '0/0', now())",
        "DELETE FROM flyway_schema_history",
        "SELECT setval('orchestration_log_position', 1)",
        "SELECT pg_create_logical_replication_slot('made', 'pgoutput')",
        "SELECT pg_drop_replication_slot('made')",
        "SET ROLE orchestrator_owner",
        "COPY agents TO PROGRAM 'true'"
      })
  void leaveTheWorkerNothingElse(String statement) {
    assertDenied(WORKER, statement);
  }

  @Test
  void keepTheWorkerFromThePartitionsThemselves() throws Exception {
    String partition =
        value(
            site,
            OWNER,
            "SELECT max(inhrelid::regclass::text) FROM pg_inherits"
                + " WHERE inhparent = 'orchestration_log'::regclass");

    assertDenied(WORKER, "DELETE FROM " + partition);
    assertDenied(WORKER, "DROP TABLE " + partition);
    assertDenied(WORKER, "ALTER TABLE orchestration_log DETACH PARTITION " + partition);
    // One more it may have, by the function that bounds it; it is the owner's.
    LocalDate day = LocalDate.parse(value(site, OWNER, "SELECT current_date")).plusMonths(20);
    assertThat(
            value(site, WORKER, "SELECT create_orchestration_log_partition('%s')".formatted(day)))
        .isEqualTo("t");
    assertThat(
            value(
                site,
                OWNER,
                "SELECT tableowner FROM pg_tables WHERE tablename = 'orchestration_log_%04d_%02d'"
                    .formatted(day.getYear(), day.getMonthValue())))
        .isEqualTo(OWNER);
    assertThat(
            value(
                site,
                OWNER,
                "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
                    + " AND prosecdef AND proconfig::text NOT LIKE '%search_path=%pg_temp%'"))
        .as("functions that run as the owner, on a path that the caller chooses")
        .isEqualTo("0");
  }

  /** By the worker's login, and behind the relay that runs. */
  @Test
  void letTheWorkerDropAMonthThatIsOldAndPublished() throws Exception {
    String range = "/api/v2/log?from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z";
    execute(
        site,
        OWNER,
        "CREATE TABLE orchestration_log_2020_01 (LIKE orchestration_log INCLUDING ALL)",
        "ALTER TABLE orchestration_log ATTACH PARTITION orchestration_log_2020_01"
            + " FOR VALUES FROM ('2020-01-01T00:00:00Z') TO ('2020-02-01T00:00:00Z')",
        "INSERT INTO orchestration_log (id, position, recorded_at, type, operation, status, message,"
            + " command_source, command_id, actor, changes, details)"
            + " VALUES ('019ab2c4-0000-7000-8000-000000000001',"
            + " nextval('orchestration_log_position'), '2020-01-15T12:00:00Z',"
            + " 'command.rejected.v1', 'task.create', 'failure', 'No.', '/old', 'old', 'alice',"
            + " '{}', '{}')");
    assertThat(pipeline.get(range).get("entries")).hasSize(1);
    String drop = "SELECT drop_orchestration_log_partition('2020-01-01', interval '400 days')";

    assertThat(value(site, WORKER, drop)).as("noted").isEqualTo("f");
    await()
        .atMost(Duration.ofSeconds(40))
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> value(site, WORKER, drop).equals("t"));

    assertThat(pipeline.get(range).get("entries")).isEmpty();
    assertThat(pipeline.get(range).get("next_cursor").isNull()).isTrue();
    try (TopicReader log = pipeline.reader("orchestrator.log")) {
      assertThat(log.toTheEnd())
          .as("what is gone is published")
          .extracting(each -> Event.of(each).commandSource())
          .contains("/old");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE agents SET name = ''",
        "SELECT * FROM tasks",
        "DELETE FROM orchestration_log",
        "TRUNCATE relay_progress",
        "SELECT create_orchestration_log_partition(current_date)",
        "SELECT drop_orchestration_log_partition('2020-01-01', interval '30 days')",
        "CREATE TABLE made (id integer)"
      })
  void leaveTheRelayTheLogAndItsOwnTables(String statement) {
    assertDenied(RELAY, statement);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO task_dependencies VALUES (gen_random_uuid(), gen_random_uuid())",
        "UPDATE agents SET name = ''",
        "DELETE FROM command_keys",
        "SELECT id FROM agents FOR UPDATE",
        "SELECT nextval('orchestration_log_position')",
        "SELECT create_orchestration_log_partition(current_date)",
        "SELECT drop_orchestration_log_partition('2020-01-01', interval '30 days')",
        "SELECT pg_create_logical_replication_slot('made', 'pgoutput')",
        "CREATE TABLE made (id integer)",
        "CREATE TEMPORARY TABLE made (id integer)"
      })
  void leaveTheReaderNothingButReading(String statement) {
    assertDenied(READER, statement);
  }

  @Test
  void letTheReaderReadEveryTable() throws Exception {
    try (Connection owner = connect(site, OWNER);
        Statement tables = owner.createStatement();
        ResultSet table =
            tables.executeQuery(
                "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p')"
                    + " AND NOT relispartition AND relnamespace = 'public'::regnamespace")) {
      int count = 0;
      while (table.next()) {
        value(site, READER, "SELECT count(*) FROM " + table.getString(1));
        count++;
      }
      assertThat(count).isGreaterThan(10);
    }
  }

  private static String limits(Site site) throws SQLException {
    try (Connection superuser = DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
        Statement statement = superuser.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT string_agg(format('%s %s', rolname, setting), ', '"
                    + " ORDER BY rolname, setting)"
                    + " FROM pg_db_role_setting JOIN pg_roles ON pg_roles.oid = setrole"
                    + " CROSS JOIN unnest(setconfig) AS setting"
                    + " WHERE setdatabase ="
                    + " (SELECT oid FROM pg_database WHERE datname = current_database())")) {
      row.next();
      return String.valueOf(row.getString(1));
    }
  }

  private static void asSuperuser(Site site, String... statements) throws SQLException {
    try (Connection superuser = DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
        Statement statement = superuser.createStatement()) {
      for (String each : statements) {
        statement.execute(each);
      }
    }
  }

  private static CliRun migrate(Site site, String owner) {
    PostgresAddress postgres = site.servers().postgres();
    List<String> arguments = new ArrayList<>(List.of("schema", "--create"));
    arguments.addAll(
        site.settings(
            "--DATABASE_MIGRATION_URL=postgresql://%s:%s@%s:%d/%s"
                .formatted(owner, PASSWORD, postgres.host(), postgres.port(), site.name())));
    return CliRun.of(arguments);
  }

  @Test
  void haveTheirLimitsFromTheOwnersMigrations() throws Exception {
    assertThat(limits(site))
        .isEqualTo(
            "orchestrator_reader default_transaction_read_only=on,"
                + " orchestrator_reader idle_in_transaction_session_timeout=50s,"
                + " orchestrator_reader lock_timeout=15s,"
                + " orchestrator_reader statement_timeout=40s,"
                + " orchestrator_reader transaction_timeout=80s,"
                + " orchestrator_relay wal_sender_timeout=10s,"
                + " orchestrator_worker idle_in_transaction_session_timeout=50s,"
                + " orchestrator_worker lock_timeout=15s,"
                + " orchestrator_worker statement_timeout=40s,"
                + " orchestrator_worker transaction_timeout=80s");
    assertThat(value(site, OWNER, "SELECT rolcreaterole FROM pg_roles WHERE rolname = user"))
        .as("the owner may make roles")
        .isEqualTo("f");
  }

  @Test
  void keepWhatSomebodySetThem() throws Exception {
    Site another = siteWithRoles();
    asSuperuser(
        another,
        "ALTER ROLE %s IN DATABASE %s SET statement_timeout = '5min'"
            .formatted(WORKER, another.name()));

    assertThat(migrate(another, OWNER).exit()).isZero();

    assertThat(limits(another))
        .contains("orchestrator_worker statement_timeout=5min")
        .contains("orchestrator_worker lock_timeout=15s")
        .doesNotContain("orchestrator_worker statement_timeout=40s");
  }

  /**
   * As where a provider's first login makes the roles: it administers them, and is none of them.
   */
  @Test
  void haveTheirLimitsFromAnAdministratorAndAreTellableWithoutOne() throws Exception {
    Site another = Site.fresh();
    String administrator = "orchestrator_administrator";
    asSuperuser(
        another,
        "DROP ROLE IF EXISTS " + administrator,
        "CREATE ROLE %s LOGIN REPLICATION CREATEROLE PASSWORD '%s'"
            .formatted(administrator, PASSWORD),
        "GRANT %s TO %s WITH ADMIN TRUE, INHERIT FALSE, SET FALSE".formatted(WORKER, administrator),
        "ALTER DATABASE %s OWNER TO %s".formatted(another.name(), administrator));
    Logger flyway = (Logger) LoggerFactory.getLogger("org.flywaydb");
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.setContext(flyway.getLoggerContext());
    lines.start();
    flyway.addAppender(lines);
    try {
      CliRun migrated = migrate(another, administrator);

      assertThat(migrated.exit()).as(migrated.err()).isZero();
      assertThat(limits(another))
          .isEqualTo(
              "orchestrator_worker idle_in_transaction_session_timeout=50s,"
                  + " orchestrator_worker lock_timeout=15s,"
                  + " orchestrator_worker statement_timeout=40s,"
                  + " orchestrator_worker transaction_timeout=80s");
      assertThat(lines.list)
          .filteredOn(line -> line.getLevel() == Level.WARN)
          .extracting(ILoggingEvent::getFormattedMessage)
          .filteredOn(line -> line.contains("postgres-roles.sql"))
          .singleElement()
          .asString()
          .contains(administrator, "wal_sender_timeout of orchestrator_relay")
          .contains("statement_timeout of orchestrator_reader")
          .doesNotContain(WORKER);
    } finally {
      flyway.detachAppender(lines);
      asSuperuser(
          another,
          "REASSIGN OWNED BY %s TO current_user".formatted(administrator),
          "DROP OWNED BY " + administrator,
          "DROP ROLE " + administrator);
    }
  }

  /** The migrations' values, and then, so that nobody waits for them, smaller ones. */
  @Test
  void endWhatHangs() throws Exception {
    Site another = siteWithRoles();
    assertThat(migrate(another, OWNER).exit()).isZero();
    assertThat(value(another, WORKER, "SHOW lock_timeout")).isEqualTo("15s");
    assertThat(value(another, WORKER, "SHOW statement_timeout")).isEqualTo("40s");
    assertThat(value(another, READER, "SHOW idle_in_transaction_session_timeout")).isEqualTo("50s");
    assertThat(value(another, READER, "SHOW transaction_timeout")).isEqualTo("80s");
    assertThat(value(another, RELAY, "SHOW wal_sender_timeout")).isEqualTo("10s");
    execute(another, OWNER, "CREATE TABLE held (id integer)", "GRANT ALL ON held TO " + WORKER);
    try (Connection superuser =
            DriverManager.getConnection(another.servers().jdbcUrl(another.name()));
        Statement statement = superuser.createStatement()) {
      Map.of(
              "lock_timeout", "200ms",
              "statement_timeout", "400ms",
              "idle_in_transaction_session_timeout", "600ms",
              "transaction_timeout", "2s")
          .forEach(
              (name, value) ->
                  run(
                      statement,
                      "ALTER ROLE %s IN DATABASE %s SET %s = '%s'"
                          .formatted(WORKER, another.name(), name, value)));
      superuser.setAutoCommit(false);
      statement.execute("LOCK TABLE held");

      assertThatThrownBy(() -> execute(another, WORKER, "SELECT * FROM held"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("55P03"));
    }
    assertThatThrownBy(() -> execute(another, WORKER, "SELECT pg_sleep(10)"))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
    assertIdleTransactionEnds(another);
    assertThatThrownBy(() -> stayBusy(another))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("transaction timeout");
  }

  private static void run(Statement statement, String sql) {
    try {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void assertIdleTransactionEnds(Site site) throws SQLException {
    try (Connection connection = connect(site, WORKER);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("SELECT 1");
      await()
          .atMost(Duration.ofSeconds(5))
          .until(
              () ->
                  value(
                          site,
                          OWNER,
                          "SELECT count(*) FROM pg_stat_activity WHERE usename = '%s'"
                                  .formatted(WORKER)
                              + " AND datname = current_database()")
                      .equals("0"));
      assertThatThrownBy(() -> statement.execute("SELECT 1"))
          .hasMessageContaining("idle-in-transaction timeout");
    }
  }

  /** No statement is long, and none is waited for, and yet it does not end. */
  private static void stayBusy(Site site) throws SQLException {
    try (Connection connection = connect(site, WORKER);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (int i = 0; i < 50; i++) {
        statement.execute("SELECT pg_sleep(0.2)");
      }
    }
  }
}
