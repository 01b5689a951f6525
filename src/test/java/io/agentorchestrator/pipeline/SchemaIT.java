package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.cli.CliRun;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.schemas.Schemas;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;

/** The schema created, checked and dropped from the command line. */
class SchemaIT {

  private static final String CONFIRMED = "--yes-drop-everything";

  @Test
  void createsAndChecksEverything() throws Exception {
    Site site = Site.fresh();

    CliRun missing = CliRun.at(site, "schema", "--check");
    CliRun tooEarly = CliRun.at(site, "schema", "--setup");
    CliRun all = CliRun.at(site, "schema", "--all");
    CliRun again = CliRun.at(site, "schema", "--all", "--json");
    CliRun check = CliRun.at(site, "schema", "--check");

    assertThat(missing.exit()).isEqualTo(1);
    assertThat(missing.text())
        .containsPattern("table +agents +missing")
        .containsPattern("index +agents_by_time +missing")
        .containsPattern("publication +agent_orchestrator +missing")
        .containsPattern("slot +" + site.name() + " +missing")
        .containsPattern("migration +V1 .* +missing")
        .doesNotContain("present");
    assertThat(tooEarly.exit()).isEqualTo(1);
    assertThat(tooEarly.err()).contains("schema --create");
    assertThat(all.exit()).as(all.err()).isZero();
    assertThat(all.text()).contains("applied  V1 create agents and tasks", "The topics are there");
    assertThat(again.exit()).isZero();
    assertThat(again.lines()).hasSize(2).first().asString().contains("\"applied\":[]");
    assertThat(topics(site)).contains(site.topic("orchestrator.log"));
    assertThat(check.exit()).as(check.text()).isZero();
    assertThat(check.lines().getLast()).matches("All [0-9]+ are there\\.");
    assertThat(check.text()).doesNotContain("missing", "broken");
    drop(site);
  }

  @Test
  void tellsWhatIsMissingOrOfNoUse() throws Exception {
    Site site = Site.fresh();
    CliRun.at(site, "schema", "--create");
    execute(
        site,
        """
        DROP INDEX agents_by_time;
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'tasks_by_time'::regclass;
        ALTER PUBLICATION agent_orchestrator DROP TABLE relay_progress;
        DROP TABLE heard_partitions;
        DELETE FROM flyway_schema_history WHERE version = '6';
        UPDATE flyway_schema_history SET checksum = 4711 WHERE version = '2';
        """
            + "SELECT pg_drop_replication_slot('%s')".formatted(site.name()));

    CliRun check = CliRun.at(site, "schema", "--check", "--json");

    assertThat(check.exit()).isEqualTo(1);
    assertThat(
            check.lines().stream()
                .map(line -> Schemas.JSON.readValue(line, Map.class))
                .filter(each -> !"present".equals(each.get("state")))
                .map(
                    each ->
                        "%s %s %s"
                            .formatted(each.get("kind"), each.get("name"), each.get("state"))))
        .containsExactlyInAnyOrder(
            "migration V2 create log and inbox broken",
            "migration V6 create relay confirmation missing",
            "index agents_by_time missing",
            "index tasks_by_time broken",
            "published relay_progress missing",
            "table heard_partitions missing",
            "index heard_partitions_pkey missing",
            "slot %s missing".formatted(site.name()));
  }

  @Test
  void dropsEverythingOfOursAndNothingOfOthers() throws Exception {
    Site site = Site.fresh();
    CliRun.at(site, "schema", "--create");
    execute(site, "CREATE TABLE of_others (id integer); INSERT INTO of_others VALUES (1)");

    assertThat(CliRun.at(site, "schema", "--drop").exit()).isEqualTo(2);
    CliRun another = CliRun.at(site, "schema", "--drop", CONFIRMED, "another");
    assertThat(another.exit()).isEqualTo(1);
    assertThat(another.err()).contains("it is not 'another'");
    execute(site, "CREATE VIEW of_others_too AS SELECT id FROM agents");
    assertThat(CliRun.at(site, "schema", "--drop", CONFIRMED, site.name()).exit()).isEqualTo(1);
    assertThat(CliRun.at(site, "schema", "--check").exit()).as("nothing was dropped").isZero();
    execute(site, "DROP VIEW of_others_too");

    CliRun dropped = drop(site);

    assertThat(dropped.text()).contains("table", "agents", "slot", "relay repair --after-restore");
    assertThat(CliRun.at(site, "schema", "--check").lines())
        .filteredOn(line -> line.endsWith("present"))
        .singleElement()
        .asString()
        .startsWith("extension");
    assertThat(tables(site)).containsExactly("of_others");
    CliRun beside = CliRun.at(site, "schema", "--create");
    assertThat(beside.exit()).isEqualTo(1);
    assertThat(beside.err()).contains("non-empty schema");
    execute(site, "DROP TABLE of_others");
    assertThat(CliRun.at(site, "schema", "--create").exit()).isZero();
    drop(site);
  }

  @Test
  void dropsNothingWhileAWorkerRuns() throws Exception {
    Site site = Pipeline.shared().site();

    CliRun refused = CliRun.at(site, "schema", "--drop", CONFIRMED, site.name());

    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err())
        .contains("Expected no worker at this database", "agent-orchestrator relay", "process");
    assertThat(CliRun.at(site, "schema", "--check").exit()).isZero();
  }

  @Test
  void dropsNothingThatAWorkerIsConnectedToWhateverItDoes() throws Exception {
    Site site = Site.fresh();
    CliRun.at(site, "schema", "--create");
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", "agent-orchestrator");
    CliRun refused;
    CliRun late;
    try (Connection idle =
        DriverManager.getConnection(site.servers().jdbcUrl(site.name()), properties)) {
      refused = CliRun.at(site, "schema", "--drop", CONFIRMED, site.name());
      // One whose name tells nothing, but that is inside of the log's gate.
      try (Statement statement = idle.createStatement()) {
        statement.execute("SET application_name = 'other'");
        statement.execute(
            "SELECT pg_advisory_lock_shared(hashtextextended('agent-orchestrator log gate', 0))");
      }
      late = CliRun.at(site, "schema", "--drop", CONFIRMED, site.name());
    }

    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err()).contains("agent-orchestrator (process");
    assertThat(late.exit()).isEqualTo(1);
    assertThat(late.err()).contains("Expected to keep all workers off");
    drop(site);
  }

  @Test
  void takesOneActionAtATime() {
    Site site = Pipeline.shared().site();

    assertThat(CliRun.at(site, "schema").exit()).isEqualTo(2);
    assertThat(CliRun.at(site, "schema", "--check", "--create").exit()).isEqualTo(2);
    assertThat(CliRun.at(site, "schema", "--check", CONFIRMED, "x").exit()).isEqualTo(2);
    CliRun away =
        CliRun.of(List.of("schema", "--check", "--DATABASE_URL=postgresql://a:b@127.0.0.1:1/c"));
    assertThat(away.exit()).isEqualTo(3);
    assertThat(away.err()).startsWith("PostgreSQL cannot be reached");
  }

  private static CliRun drop(Site site) {
    CliRun dropped = CliRun.at(site, "schema", "--drop", CONFIRMED, site.name());
    assertThat(dropped.exit()).as(dropped.err()).isZero();
    return dropped;
  }

  private static Set<String> topics(Site site) throws Exception {
    try (Admin admin =
        Admin.create(Map.of("bootstrap.servers", site.servers().bootstrapServers()))) {
      return admin.listTopics().names().get();
    }
  }

  private static List<String> tables(Site site) throws SQLException {
    try (Connection connection = DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT string_agg(relname, ',') FROM pg_class"
                    + " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S')")) {
      row.next();
      return List.of(row.getString(1).split(","));
    }
  }

  private static void execute(Site site, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
