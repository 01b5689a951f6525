package io.agentorchestrator.pipeline;

import static io.agentorchestrator.pipeline.Commands.command;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.AgentOrchestratorApplication;
import io.agentorchestrator.cli.CliRun;
import io.agentorchestrator.local.LocalRedis;
import io.agentorchestrator.local.Site;
import io.agentorchestrator.migration.MigrationReport.Outcome;
import io.agentorchestrator.migration.OldFleet;
import io.agentorchestrator.migration.OldKind;
import io.agentorchestrator.migration.OldRecords;
import io.agentorchestrator.schemas.Schemas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The move from the service before: its store is taken over beside a worker, killed and resumed,
 * followed, and written back.
 */
class RedisMoveIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Set<String> READING =
      Set.of(
          "hscan",
          "hmget",
          "hlen",
          "type",
          "auth",
          "select",
          "client|setname",
          "client|setinfo",
          "client",
          "hello",
          "info",
          "ping");

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // Each test begins with one.
  private Site site;

  @Test
  void takesOverARealisticStoreTellsWhatIsOddAndBringsItBackAsItWas() throws Exception {
    OldFleet fleet = OldFleet.odd();
    try (Pipeline pipeline = withoutDispatch();
        LocalRedis old = LocalRedis.start();
        LocalRedis back = LocalRedis.start();
        LocalRedis again = LocalRedis.start()) {
      fleet.writeTo(old);
      Map<String, Map<String, String>> before = content(old);

      // Told in advance, done, and told the same.
      JsonNode planned = importing(old, "--dry-run");
      assertThat(query("SELECT count(*) FROM imported_records")).isEqualTo("0");
      JsonNode done = importing(old);
      assertThat(done.get("agents")).isEqualTo(planned.get("agents"));
      assertThat(done.get("workflows")).isEqualTo(planned.get("workflows"));
      assertThat(done.get("tasks")).isEqualTo(planned.get("tasks"));
      assertThat(told()).isEqualTo(expected(fleet));
      assertThat(fleet.odds()).hasSizeGreaterThan(50);
      for (OldKind kind : OldKind.values()) {
        assertThat(count(done, kind, Outcome.IMPORTED) + count(done, kind, Outcome.REFUSED))
            .isEqualTo(fleet.size(kind));
      }

      // What is here is what the log tells, and all that follows from it follows.
      assertThat(pipeline.settled())
          .filteredOn(event -> event.data().get("operation").stringValue().equals("import"))
          .hasSize(Integer.parseInt(query("SELECT count(*) FROM imported_records")))
          .allSatisfy(event -> assertThat(event.version()).isOne());
      new Histories(pipeline.allEvents()).assertTold(pipeline.worker().rest());
      try (Connection database = pipeline.database()) {
        Tables.assertConsistent(database);
      }

      // Twice is once.
      String written = query("SELECT count(*) FROM orchestration_log");
      JsonNode second = importing(old);
      assertThat(count(second, OldKind.TASK, Outcome.IMPORTED)).isZero();
      assertThat(count(second, OldKind.TASK, Outcome.UNCHANGED))
          .isEqualTo(count(done, OldKind.TASK, Outcome.IMPORTED));
      assertThat(query("SELECT count(*) FROM orchestration_log")).isEqualTo(written);
      JsonNode verified = importing(old, "--verify");
      for (OldKind kind : OldKind.values()) {
        assertThat(count(verified, kind, Outcome.DIFFERENT)).isZero();
        assertThat(count(verified, kind, Outcome.UNCHANGED))
            .isEqualTo(count(done, kind, Outcome.IMPORTED));
      }

      // There and back, and there again, without a difference.
      export(site, old, back);
      assertThat(withoutOdd(content(back), fleet)).isEqualTo(withoutOdd(before, fleet));
      Site other = migrated();
      CliRun there =
          CliRun.at(other, "import", "redis", "--from", back.url(), "--report", report());
      assertThat(there.exit()).as(there.err()).isZero();
      export(other, old, again);
      assertThat(content(again)).isEqualTo(content(back));
      for (OldKind kind : OldKind.values()) {
        assertThat(entities(other, kind, fleet)).isEqualTo(entities(site, kind, fleet));
      }

      // And the old store was only read.
      assertThat(content(old)).isEqualTo(before);
    }
  }

  @Test
  void onlyEverReadsTheOldStore() throws Exception {
    site = migrated();
    try (LocalRedis old = LocalRedis.start()) {
      OldFleet.regular(11, 40).writeTo(old);
      try (Jedis redis = old.connect()) {
        redis.sendCommand(() -> "CONFIG".getBytes(StandardCharsets.UTF_8), "RESETSTAT");
      }

      assertThat(
              CliRun.at(site, "import", "redis", "--from", old.url(), "--report", report()).exit())
          .isZero();
      CliRun refused =
          CliRun.at(
              site,
              "--REDIS_URL=" + old.url(),
              "export",
              "redis",
              "--to",
              old.url("localhost", 0),
              "--overwrite",
              "--report",
              report());

      assertThat(refused.exit()).isOne();
      assertThat(refused.err())
          .contains("REDIS_URL, which is only ever read")
          .doesNotContain("opensesame");
      try (Jedis redis = old.connect()) {
        Set<String> used =
            redis
                .info("commandstats")
                .lines()
                .filter(line -> line.startsWith("cmdstat_"))
                .map(line -> line.substring("cmdstat_".length(), line.indexOf(':')))
                .collect(Collectors.toCollection(TreeSet::new));
        used.remove("config|resetstat");
        used.remove("config");
        assertThat(used).contains("hscan").isSubsetOf(READING);
      }
    }
  }

  @Test
  void refusesATargetThatHoldsAnythingUnlessItMayBeOverwritten() throws Exception {
    site = migrated();
    try (LocalRedis target = LocalRedis.start()) {
      target.put("agents", "old", "{}");
      target.put("theirs", "field", "value");
      String[] export = {"export", "redis", "--to", target.url(), "--report", report()};

      CliRun refused = CliRun.at(site, export);
      assertThat(refused.exit()).isOne();
      assertThat(refused.err()).contains("Expected redis://127.0.0.1:", "to be empty");
      assertThat(target.hash("agents")).containsOnlyKeys("old");

      List<String> overwrite = new ArrayList<>(List.of(export));
      overwrite.add("--overwrite");
      assertThat(CliRun.at(site, overwrite.toArray(String[]::new)).exit()).isZero();
      assertThat(target.hash("agents")).doesNotContainKey("old");
      assertThat(target.hash("theirs")).containsEntry("field", "value");
    }
  }

  @Test
  void goesOnWhereItWasKilled() throws Exception {
    site = migrated();
    OldFleet fleet = OldFleet.regular(13, 6_000);
    try (LocalRedis old = LocalRedis.start()) {
      fleet.writeTo(old);
      long before = Long.parseLong(query("SELECT count(*) FROM imported_records"));
      Process process = child("import", "redis", "--from", old.url(), "--report", report());
      try {
        await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(20))
            .until(
                () ->
                    Long.parseLong(query("SELECT count(*) FROM imported_records")) > before + 500);
      } finally {
        process.destroyForcibly();
      }
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();

      JsonNode rest = importing(old);

      assertThat(count(rest, OldKind.TASK, Outcome.UNCHANGED)).isGreaterThan(0);
      assertThat(count(rest, OldKind.TASK, Outcome.IMPORTED)).isGreaterThan(0);
      assertThat(
              count(rest, OldKind.TASK, Outcome.UNCHANGED)
                  + count(rest, OldKind.TASK, Outcome.IMPORTED))
          .isEqualTo(fleet.size(OldKind.TASK));
      assertThat(
              query(
                  """
                  SELECT count(*) FROM (
                    SELECT entity_id FROM orchestration_log WHERE operation = 'import'
                    GROUP BY entity_id, entity_version HAVING count(*) > 1) AS twice"""))
          .isEqualTo("0");
      JsonNode verified = importing(old, "--verify");
      assertThat(count(verified, OldKind.TASK, Outcome.UNCHANGED))
          .isEqualTo(fleet.size(OldKind.TASK));
      try (Connection database = connect(site)) {
        Tables.assertConsistent(database);
      }
    }
  }

  @Test
  void takesTasksOverBehindThoseTheyDependOnHoweverLongTheChain() throws Exception {
    site = migrated();
    try (LocalRedis old = LocalRedis.start();
        Jedis redis = old.connect()) {
      UUID before = null;
      for (int i = 0; i < 2_900; i++) {
        ObjectNode task = OldRecords.task(UUID.randomUUID());
        if (before != null) {
          task.withArray("dependencies").add(before.toString());
        }
        before = UUID.fromString(task.get("id").stringValue());
        redis.hset("tasks", before.toString(), OldRecords.dumps(task));
      }

      JsonNode done = importing(old);

      assertThat(count(done, OldKind.TASK, Outcome.IMPORTED)).isEqualTo(2_900);
      assertThat(query("SELECT count(*) FROM tasks WHERE queued")).isEqualTo("1");
      try (Connection database = connect(site)) {
        Tables.assertConsistent(database);
      }
    }
  }

  @Test
  void followsTheStoreUntilItIsEnded() throws Exception {
    UUID agent = UUID.randomUUID();
    UUID other = UUID.randomUUID();
    UUID task = UUID.randomUUID();
    UUID canceled = UUID.randomUUID();
    UUID late = UUID.randomUUID();
    try (Pipeline pipeline = withoutDispatch();
        LocalRedis old = LocalRedis.start()) {
      put(old, "agents", OldRecords.agent(agent));
      put(old, "agents", OldRecords.agent(other));
      put(old, "tasks", OldRecords.task(task));
      put(old, "tasks", OldRecords.task(canceled));
      Path said = folder.resolve("said");
      Process process =
          child(
              said,
              "import",
              "redis",
              "--from",
              old.url(),
              "--follow",
              "--interval",
              "1",
              "--report",
              report());
      try {
        awaitStatus(task, "submitted");
        awaitStatus(canceled, "submitted");
        pipeline.ask(command("task.cancel.v1", canceled, Map.of()));

        put(old, "agents", OldRecords.agent(agent).put("last_seen", "2024-01-15 11:00:00"));
        put(old, "tasks", OldRecords.running(task, agent));
        put(old, "tasks", OldRecords.running(canceled, other).put("description", "Another."));
        put(old, "tasks", OldRecords.completed(late, other));
        awaitStatus(task, "working");
        awaitStatus(late, "completed");

        put(old, "tasks", OldRecords.running(task, other));
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    other
                        .toString()
                        .equals(
                            shown(pipeline, "tasks", task).get("assigned_agent_id").asString("")));
        put(old, "agents", OldRecords.agent(other).put("status", "offline"));
        awaitStatus(task, "submitted");
        put(old, "tasks", OldRecords.failed(task, agent));
        awaitStatus(task, "failed");
      } finally {
        process.destroy();
      }
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();

      assertThat(shown(pipeline, "agents", agent).get("last_seen").stringValue())
          .isEqualTo("2024-01-15T11:00:00Z");
      assertThat(shown(pipeline, "agents", other).at("/performance/completed").intValue()).isOne();
      assertThat(pipeline.eventsAbout(task, 6))
          .extracting(Event::type)
          .containsExactly(
              "task.created.v1",
              "task.started.v1",
              "task.released.v1",
              "task.started.v1",
              "task.released.v1",
              "task.failed.v1");
      assertThat(shown(pipeline, "tasks", task).get("attempt").intValue())
          .isGreaterThanOrEqualTo(2);
      assertThat(shown(pipeline, "tasks", canceled).get("status").stringValue())
          .isEqualTo("canceled");
      assertThat(told()).contains("conflict task %s CHANGED_HERE".formatted(canceled));
      assertThat(Files.readString(said)).contains("As the store was at ", "behind it");
      new Histories(pipeline.settled()).assertTold(pipeline.worker().rest());
      try (Connection database = pipeline.database()) {
        Tables.assertConsistent(database);
      }
    }
  }

  @Test
  void hasWaitingTasksDispatchedToTheirAgents() throws Exception {
    UUID agent = UUID.randomUUID();
    UUID first = UUID.randomUUID();
    UUID second = UUID.randomUUID();
    try (LocalRedis old = LocalRedis.start();
        Pipeline worker = Pipeline.start(1)) {
      put(old, "agents", OldRecords.agent(agent));
      put(old, "tasks", OldRecords.task(first));
      ObjectNode waiting = OldRecords.task(second);
      waiting.withArray("dependencies").add(first.toString());
      put(old, "tasks", waiting);

      CliRun run =
          CliRun.at(
              worker.site(), "--REDIS_URL=" + old.url(), "import", "redis", "--report", report());

      assertThat(run.exit()).as(run.err() + run.text()).isZero();
      assertThat(worker.eventsAbout(first, 2).getLast().type()).isEqualTo("task.assigned.v1");
      worker.ask(
          command("task.complete.v1", first, Map.of("agent_id", agent.toString(), "attempt", 1)));
      Event assigned = worker.eventsAbout(second, 2).getLast();
      assertThat(assigned.type()).isEqualTo("task.assigned.v1");
      assertThat(assigned.changes().get("assigned_agent_id").stringValue())
          .isEqualTo(agent.toString());
    }
  }

  /** A worker that does not dispatch, as none should while the service before still does. */
  private Pipeline withoutDispatch() {
    Pipeline pipeline = Pipeline.start(1, "--orchestrator.dispatch.enabled=false");
    site = pipeline.site();
    return pipeline;
  }

  private JsonNode importing(LocalRedis old, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("import", "redis", "--json", "--from", old.url(), "--report", report()));
    arguments.addAll(List.of(more));
    CliRun run = CliRun.at(site, arguments.toArray(String[]::new));
    assertThat(run.text()).as(run.err()).startsWith("{");
    JsonNode result = Schemas.JSON.readTree(run.text());
    long refused = 0;
    for (OldKind kind : OldKind.values()) {
      refused +=
          count(result, kind, Outcome.REFUSED)
              + count(result, kind, Outcome.CONFLICT)
              + count(result, kind, Outcome.DIFFERENT);
    }
    assertThat(run.exit()).isEqualTo(refused > 0 ? 1 : 0);
    return result;
  }

  private void export(Site site, LocalRedis old, LocalRedis target) {
    CliRun run =
        CliRun.at(
            site,
            "--REDIS_URL=" + old.url(),
            "export",
            "redis",
            "--to",
            target.url(),
            "--report",
            report());
    assertThat(run.exit()).as(run.err() + run.text()).isZero();
  }

  private String report() {
    return folder.resolve("report.jsonl").toString();
  }

  /** What the report tells, a word each. */
  private Set<String> told() throws IOException {
    return Files.readAllLines(folder.resolve("report.jsonl")).stream()
        .map(Schemas.JSON::readTree)
        .map(
            line ->
                "%s %s %s %s"
                    .formatted(
                        line.get("outcome").stringValue(),
                        line.get("kind").stringValue(),
                        line.get("id").stringValue(),
                        line.get("reason").stringValue()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> expected(OldFleet fleet) {
    return fleet.odds().stream()
        .map(
            odd ->
                "%s %s %s %s".formatted(odd.outcome().value(), odd.kind(), odd.id(), odd.reason()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static long count(JsonNode result, OldKind kind, Outcome outcome) {
    return result.get(kind.key()).path(outcome.value()).asLong(0);
  }

  private static Map<String, Map<String, String>> content(LocalRedis redis) {
    Map<String, Map<String, String>> content = new TreeMap<>();
    for (OldKind kind : OldKind.values()) {
      content.put(kind.key(), redis.hash(kind.key()));
    }
    return content;
  }

  /** The records that are as they should be, as a parser reads them. */
  private static Map<String, Map<String, JsonNode>> withoutOdd(
      Map<String, Map<String, String>> content, OldFleet fleet) {
    Set<String> odd = fleet.odds().stream().map(OldFleet.Odd::id).collect(Collectors.toSet());
    Map<String, Map<String, JsonNode>> regular = new TreeMap<>();
    content.forEach(
        (key, records) -> {
          Map<String, JsonNode> left = new TreeMap<>();
          records.forEach(
              (id, value) -> {
                if (!odd.contains(id)) {
                  left.put(id, Schemas.JSON.readTree(value));
                }
              });
          regular.put(key, left);
        });
    return regular;
  }

  /** Entities less when they came here, which of odd ones is all that some times tell. */
  private static Map<String, JsonNode> entities(Site site, OldKind kind, OldFleet fleet)
      throws SQLException {
    Set<String> odd = fleet.odds().stream().map(OldFleet.Odd::id).collect(Collectors.toSet());
    Map<String, JsonNode> entities = new TreeMap<>();
    try (Connection database = connect(site);
        Statement statement = database.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT id, row_to_json(entity) FROM %s AS entity".formatted(kind.key()))) {
      while (row.next()) {
        ObjectNode entity = (ObjectNode) Schemas.JSON.readTree(row.getString(2));
        entity.remove("updated_at");
        entity.remove("entity_version");
        if (odd.contains(row.getString(1))) {
          entity.remove(List.of("created_at", "completed_at", "queue_rank"));
        }
        entities.put(row.getString(1), entity);
      }
    }
    return entities;
  }

  /** A database that no worker has written to. */
  static Site migrated() throws SQLException {
    Site site = Site.fresh();
    Flyway.configure()
        .dataSource(site.servers().jdbcUrl(site.name()), null, null)
        .placeholders(Map.of("slot", site.name()))
        .load()
        .migrate();
    try (Connection database = connect(site);
        Statement statement = database.createStatement()) {
      statement.execute(
          "INSERT INTO relay_confirmation VALUES ('none', pg_postmaster_start_time(), now())");
    }
    return site;
  }

  private static Connection connect(Site site) throws SQLException {
    return DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
  }

  private String query(String sql) throws SQLException {
    try (Connection database = connect(site);
        Statement statement = database.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  private static void put(LocalRedis redis, String key, ObjectNode record) {
    redis.put(key, record.get("id").stringValue(), OldRecords.dumps(record));
  }

  private static JsonNode shown(Pipeline pipeline, String kind, UUID id) {
    return pipeline.get("/api/v2/%s/%s".formatted(kind, id));
  }

  private void awaitStatus(UUID task, String status) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        query(
                            "SELECT coalesce(max(status), 'none') FROM tasks WHERE id = '%s'"
                                .formatted(task)))
                    .isEqualTo(status));
  }

  private Process child(String... arguments) throws IOException {
    return child(folder.resolve("said"), arguments);
  }

  private Process child(Path said, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                AgentOrchestratorApplication.class.getName()));
    command.addAll(List.of(arguments));
    command.addAll(site.settings());
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(said.toFile())
        .start();
  }
}
