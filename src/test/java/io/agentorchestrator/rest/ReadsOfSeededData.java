package io.agentorchestrator.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.Site;
import java.net.http.HttpRequest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** A worker at a seeded database, and every documented read of it. */
final class ReadsOfSeededData implements AutoCloseable {

  /** Tables from this size on are big: none of them may be read as a whole. */
  private static final int BIG = 10_000;

  private static final Pattern SCAN = Pattern.compile("Seq Scan on (\\w+)");
  private static final Pattern LOOPS = Pattern.compile(" loops=(\\d+)\\)");
  private static final Pattern REMOVED = Pattern.compile("Rows Removed by [\\w ]+: (\\d+)");

  private final SentStatements sent = new SentStatements();
  private final LocalWorker worker;
  private final Connection connection;

  /** Fills a database of its own. */
  ReadsOfSeededData(SeededData data) throws SQLException {
    Site site = Site.fresh();
    this.worker =
        // The rows never were commands, and there is nobody to publish them.
        LocalWorker.startAtRest(
            site,
            application ->
                application.addInitializers(
                    context -> context.getBeanFactory().addBeanPostProcessor(sent)));
    this.connection = DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
    long start = System.nanoTime();
    data.fill(
        connection,
        what ->
            System.out.printf("%,d s: %s%n", (System.nanoTime() - start) / 1_000_000_000, what));
  }

  /**
   * Each filter alone with each order, counted too, and a type with a state by time; each single
   * resource with what it may hold.
   */
  List<String> queries() throws SQLException {
    List<String> queries = new ArrayList<>();
    for (String filter :
        List.of(
            "",
            "status=submitted",
            "status=input_required",
            "status=completed",
            "status=failed",
            "status=submitted&status=assigned&status=working&status=input_required",
            "status=failed&status=canceled",
            "type=type-3",
            "type=type-7",
            "type=type-rare",
            "agent_id=" + id("agent17"),
            "workflow_id=" + id("workflow100"),
            "parent_task_id=" + id("task1"),
            "parent_task_id=" + id("task2000"),
            "priority=5",
            "priority=1",
            "tag=often",
            "tag=tag-100",
            "tag=seldom",
            "tag=early",
            "capability=capability-3",
            "capability=capability-early",
            "created_after=" + ago(Duration.ofHours(12)),
            "created_after=" + ago(Duration.ofDays(360)),
            "created_before=" + ago(Duration.ofDays(360)))) {
      for (String order :
          List.of("", "&order=asc", "&sort=priority", "&sort=priority&order=asc", "&count=true")) {
        queries.add("/tasks?limit=50&" + filter + order);
      }
    }
    for (String filter :
        List.of("type=type-3&status=failed", "type=type-7&status=submitted&status=working")) {
      for (String order : List.of("", "&order=asc", "&count=true")) {
        queries.add("/tasks?limit=50&" + filter + order);
      }
    }
    for (String filter :
        List.of(
            "",
            "type=type-3",
            "status=offline",
            "capability=capability-3",
            "q=gent%2012",
            "busy=true",
            "busy=false")) {
      queries.add("/agents?limit=50&" + filter);
      queries.add("/agents?count=true&" + filter);
    }
    for (String filter : List.of("", "status=running", "status=failed", "user_id=user-7")) {
      queries.add("/workflows?limit=50&" + filter);
      queries.add("/workflows?count=true&" + filter);
    }
    for (String filter :
        List.of(
            "",
            "type=task.created.v1",
            "type=command.rejected.v1",
            "type=agent.deregistered.v1",
            "type=command.rejected.v1&type=agent.deregistered.v1",
            "type=task.created.v1&type=agent.deregistered.v1",
            "entity_type=task",
            "entity_type=agent",
            "operation=task.assign",
            "operation=agent.deregister",
            "status=success",
            "status=failure",
            "status=partial",
            "actor=actor-7",
            "actor=actor-rare",
            "to=" + ago(Duration.ofHours(3)))) {
      queries.add("/log?limit=50&" + filter);
      queries.add("/log?limit=50&from=" + ago(Duration.ofDays(60)) + "&" + filter);
    }
    queries.add("/log?entity_id=" + id("task2000"));
    queries.add("/log?command_id=command-2000");
    queries.add("/commands?id=command-2000");
    queries.add("/commands?id=command-2000&source=%2Fseed");
    queries.add("/agents/" + id("agent17") + "?include=tasks");
    queries.add("/tasks/" + id("task2000") + "?include=agent,workflow,children");
    queries.add("/workflows/" + id("workflow100") + "?include=tasks");
    queries.add("/statistics?min_position=1");
    queries.addAll(ofV1());
    return queries;
  }

  /** Each filter there alone and with a type, at the beginning and as far on as one may ask. */
  private List<String> ofV1() throws SQLException {
    List<String> queries = new ArrayList<>();
    for (String page : List.of("", "&offset=10000&limit=1000")) {
      for (String status : List.of("pending", "running", "completed", "failed", "cancelled")) {
        queries.add("/api/v1/tasks?status=" + status + page);
        queries.add("/api/v1/tasks?type=type-3&status=" + status + page);
      }
      for (String filter : List.of("", "type=type-3", "type=type-7", "type=type-rare")) {
        queries.add("/api/v1/tasks?" + filter + page);
      }
      for (String filter :
          List.of("", "status=idle", "status=busy", "status=offline", "type=type-3")) {
        queries.add("/api/v1/agents?" + filter + page);
      }
    }
    queries.add("/api/v1/agents?type=type-3&status=idle");
    queries.add("/api/v1/agents?type=type-3&status=busy");
    queries.add("/api/v1/tasks/" + id("task2000"));
    return queries;
  }

  private UUID id(String name) throws SQLException {
    return SeededData.id(connection, name);
  }

  private static String ago(Duration time) {
    return Instant.now().minus(time).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /**
   * Answers a read, and that of the page behind it, and has PostgreSQL say how it went about each
   * statement that this took.
   *
   * @return the statements that read a big table as a whole, or as many rows in vain by whatever
   *     index
   * @throws AssertionError if it is not answered
   */
  List<String> wholeReads(String query) throws Exception {
    Set<String> big = bigTables();
    List<String> found = new ArrayList<>();
    for (List<Planned> page : pages(query)) {
      for (Planned each : page) {
        List<String> plan = each.plan().lines().toList();
        if (readsAsAWhole(plan, big) || removed(plan) >= BIG) {
          found.add("%s%n%s%n%s".formatted(query, each.sql(), each.plan()));
        }
      }
    }
    return found;
  }

  /** Answers likewise; returns how PostgreSQL finds the rows of each page. */
  List<String> plansOfPages(String query) throws Exception {
    return pages(query).stream().map(page -> page.getFirst().plan()).toList();
  }

  private record Planned(String sql, String plan) {}

  private List<List<Planned>> pages(String query) throws Exception {
    List<List<Planned>> pages = new ArrayList<>();
    String cursor = answer(query, pages).path("next_cursor").asString("");
    if (!cursor.isEmpty()) {
      answer(query + "&cursor=" + cursor, pages);
    }
    return pages;
  }

  private JsonNode answer(String query, List<List<Planned>> pages) throws Exception {
    String name = UUID.randomUUID().toString();
    Reading.Answer answer = get(query, name);
    assertThat(answer.status()).as("%s: %s", query, answer.body()).isEqualTo(200);
    List<Planned> statements = new ArrayList<>();
    for (SentStatements.Sent each : sent.of(name)) {
      statements.add(new Planned(each.sql(), each.plan(connection)));
    }
    assertThat(statements).as(query).isNotEmpty();
    pages.add(statements);
    return answer.json();
  }

  /** But for what takes so many rows, whichever come first: a count without a filter. */
  private static boolean readsAsAWhole(List<String> plan, Set<String> big) {
    for (int i = 0; i < plan.size(); i++) {
      Matcher scan = SCAN.matcher(plan.get(i));
      if (scan.find() && big.contains(scan.group(1))) {
        boolean limited = i > 0 && plan.get(i - 1).contains("Limit  (");
        boolean filtered = i + 1 < plan.size() && plan.get(i + 1).contains("Filter:");
        if (!limited || filtered) {
          return true;
        }
      }
    }
    return false;
  }

  /** Rows that were read and not wanted, in all nodes; each tells of the average of its loops. */
  private static long removed(List<String> plan) {
    long removed = 0;
    long loops = 1;
    for (String line : plan) {
      Matcher node = LOOPS.matcher(line);
      if (node.find()) {
        loops = Long.parseLong(node.group(1));
      }
      Matcher rows = REMOVED.matcher(line);
      if (rows.find()) {
        removed += loops * Long.parseLong(rows.group(1));
      }
    }
    return removed;
  }

  private Set<String> bigTables() throws SQLException {
    Set<String> big = new TreeSet<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= " + BIG)) {
      while (row.next()) {
        big.add(row.getString(1));
      }
    }
    assertThat(big)
        .contains("tasks", "command_keys")
        .anyMatch(table -> table.startsWith("orchestration_log_"));
    return big;
  }

  /**
   * Answers a read again and again; returns the milliseconds that each answer took, in rising
   * order.
   *
   * @throws AssertionError if it is not answered
   */
  double[] times(String query, int repetitions) {
    double[] millis = new double[repetitions];
    for (int i = 0; i < repetitions; i++) {
      long start = System.nanoTime();
      Reading.Answer answer = get(query, "unnamed");
      millis[i] = (System.nanoTime() - start) / 1e6;
      assertThat(answer.status()).as("%s: %s", query, answer.body()).isEqualTo(200);
    }
    Arrays.sort(millis);
    return millis;
  }

  private Reading.Answer get(String query, String name) {
    return Reading.send(
        HttpRequest.newBuilder(worker.rest().resolve(Reading.whole(query)))
            .header(StatementLog.HEADER, name));
  }

  @Override
  public void close() throws SQLException {
    connection.close();
    worker.close();
  }
}
