package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.schemas.Schemas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Alerts and dashboards ask for what a worker tells; alerts name what is in the runbook. */
class MonitoringIT {

  static final Path ALERTS = Path.of("ops", "prometheus", "alerts.yml");
  private static final Path DASHBOARDS = Path.of("ops", "grafana");
  private static final Path RUNBOOK = Path.of("ops", "runbook.md");

  /** A metric with what it is asked for. */
  private static final Pattern METRIC = Pattern.compile("([a-z_]+)\\{([^}]*)}");

  private static final Pattern LABEL = Pattern.compile("([a-z_]+)(=~|!~|!=|=)\"([^\"]*)\"");

  /** Prometheus itself adds these. */
  private static final Set<String> ADDED = Set.of("job", "instance");

  static List<JsonNode> rules() throws IOException {
    List<JsonNode> rules = new ArrayList<>();
    JsonNode file = new YAMLMapper().readTree(Files.readAllBytes(ALERTS));
    file.get("groups").forEach(group -> group.get("rules").forEach(rules::add));
    return rules;
  }

  /** What is asked for where. */
  private static Map<String, List<String>> expressions() throws IOException {
    Map<String, List<String>> expressions = panels();
    rules()
        .forEach(
            rule ->
                expressions.put(
                    rule.get("alert").stringValue(), List.of(rule.get("expr").stringValue())));
    return expressions;
  }

  /** What the dashboards ask for, by the panel. */
  static Map<String, List<String>> panels() throws IOException {
    Map<String, List<String>> expressions = new TreeMap<>();
    try (Stream<Path> files = Files.list(DASHBOARDS)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        for (JsonNode panel : Schemas.parse(Files.readAllBytes(file)).get("panels")) {
          List<String> targets = new ArrayList<>();
          panel.get("targets").forEach(target -> targets.add(target.get("expr").stringValue()));
          expressions.put(file.getFileName() + ": " + panel.get("title").stringValue(), targets);
        }
      }
    }
    return expressions;
  }

  static Pipeline startWorker() {
    return Pipeline.start(
        1,
        "--orchestrator.services[0].name=Billing",
        "--orchestrator.services[0].url=http://127.0.0.1/",
        // Not there, and yet told of.
        "--DATABASE_READ_URL=postgresql://nobody@127.0.0.1:1/nowhere");
  }

  /** Has one of each happen that is only told of once it has happened. */
  static void haveSomethingToTell(Pipeline pipeline) throws SQLException {
    UUID agent = UUID.randomUUID();
    pipeline.ask(Commands.registerAgent(agent, 1));
    pipeline.ask(Commands.assign(UUID.randomUUID(), agent)); // Refused.
    pipeline.get("/api/v2/agents");
    refuseForAMoment(pipeline, agent);
    await()
        .atMost(Duration.ofSeconds(40))
        .until(() -> counted(pipeline, "orchestrator_agents", "status=\"active\"") == 1);
    await()
        .atMost(Duration.ofSeconds(40))
        .until(
            () ->
                counted(
                        pipeline,
                        "orchestrator_service_probes_seconds_count",
                        "outcome=\"forbidden_address\"")
                    > 0);
    assertThat(counted(pipeline, "orchestrator_rejections_total", "reason=\"NOT_FOUND\""))
        .isEqualTo(1);
    assertThat(
            counted(pipeline, "orchestrator_transactions_seconds_count", "outcome=\"rolled_back\""))
        .isPositive();
  }

  @Test
  void askForWhatAWorkerTells() throws Exception {
    try (Pipeline pipeline = startWorker()) {
      String documented = Files.readString(Path.of("README.md"));
      haveSomethingToTell(pipeline);
      List<String> told =
          Pipeline.http(pipeline.worker().management().resolve("/actuator/prometheus"))
              .body()
              .lines()
              .filter(line -> !line.startsWith("#"))
              .toList();

      assertThat(told)
          .extracting(MonitoringIT::family)
          .filteredOn(family -> family.startsWith("orchestrator_"))
          .hasSizeGreaterThan(15)
          .allSatisfy(family -> assertThat(documented).contains(family));
      expressions()
          .forEach(
              (where, all) ->
                  assertThat(all)
                      .as(where)
                      .isNotEmpty()
                      .allSatisfy(expression -> assertTold(told, expression)));
    }
  }

  private static double counted(Pipeline pipeline, String name, String tag) {
    return Pipeline.counted(pipeline.worker(), name, tag);
  }

  /** What a metric is documented as; of timers and summaries several are told. */
  private static String family(String line) {
    return line.split("[{ ]", 2)[0].replaceFirst("_(bucket|count|sum|max)$", "");
  }

  private static void assertTold(List<String> told, String expression) {
    Matcher asked = METRIC.matcher(expression);
    int metrics = 0;
    while (asked.find()) {
      metrics++;
      if (!asked.group(1).equals("up")) {
        assertTold(told, asked.group(1), asked.group(2));
      }
    }
    assertThat(metrics).as("metrics of %s", expression).isPositive();
  }

  private static void assertTold(List<String> told, String metric, String selector) {
    List<String> lines = told.stream().filter(line -> line.matches(metric + "[{ ].*")).toList();
    assertThat(lines).as(metric).isNotEmpty();
    Matcher label = LABEL.matcher(selector);
    while (label.find()) {
      String name = label.group(1);
      if (!ADDED.contains(name)) {
        assertThat(lines)
            .as("%s of %s", name, metric)
            .allMatch(line -> line.contains(name + "=\""));
      }
      if (!ADDED.contains(name) && label.group(2).equals("=")) {
        String pair = name + "=\"" + label.group(3) + '"';
        assertThat(lines).as(metric).anyMatch(line -> line.contains(pair));
      }
    }
  }

  /** So that an error of the database is counted. */
  private static void refuseForAMoment(Pipeline pipeline, UUID agent) throws SQLException {
    try (Connection connection = pipeline.database();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
          AS $$ BEGIN RAISE EXCEPTION 'the disk is full' USING ERRCODE = '53100'; END $$;
          CREATE TRIGGER refuse BEFORE UPDATE ON agents FOR EACH ROW EXECUTE FUNCTION refuse()
          """);
      pipeline.send(Commands.registerAgent(agent, 7));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  Pipeline.counted(
                          pipeline.worker(),
                          "orchestrator_database_errors_total",
                          "sqlstate_class=\"53\"")
                      > 0);
      statement.execute("DROP TRIGGER refuse ON agents");
    }
  }

  @Test
  void nameEntriesOfTheRunbook() throws IOException {
    Set<String> anchors =
        Files.readAllLines(RUNBOOK).stream()
            .filter(line -> line.startsWith("#"))
            .map(line -> line.replaceFirst("^#+ ", ""))
            .map(MonitoringIT::anchor)
            .collect(Collectors.toCollection(TreeSet::new));
    String runbook = Files.readString(RUNBOOK);

    for (JsonNode rule : rules()) {
      String entry = rule.at("/annotations/runbook").stringValue();
      assertThat(entry).startsWith("runbook.md#");
      assertThat(anchors).contains(entry.substring("runbook.md#".length()));
      assertThat(runbook).contains(rule.get("alert").stringValue());
      assertThat(rule.at("/labels/severity").stringValue()).isIn("critical", "warning");
    }
  }

  /** As GitHub makes them of headings. */
  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 -]", "").replace(' ', '-');
  }
}
