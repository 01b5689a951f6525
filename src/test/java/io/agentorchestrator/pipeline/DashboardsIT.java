package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.LocalPrometheus;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A real Prometheus asks a worker, and answers every query of the dashboards and evaluates every
 * alert. Needs the program: {@code -Pprometheus}, see {@link LocalPrometheus}.
 */
@Tag("prometheus")
class DashboardsIT {

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @TempDir private Path folder;

  @Test
  void areAnsweredAndAlertsEvaluatedByAPrometheusThatAsksAWorker() throws Exception {
    try (Pipeline pipeline = MonitoringIT.startWorker()) {
      MonitoringIT.haveSomethingToTell(pipeline);
      try (LocalPrometheus prometheus =
          LocalPrometheus.start(folder, pipeline.worker().management(), MonitoringIT.ALERTS)) {
        await().atMost(PATIENCE).ignoreExceptions().until(() -> hasAskedAndJudged(prometheus));

        List<String> unanswered = new ArrayList<>();
        for (List<String> queries : MonitoringIT.panels().values()) {
          for (String query : queries) {
            if (answer(prometheus, query).isEmpty()) {
              unanswered.add(query);
            }
          }
        }
        assertThat(unanswered).isEmpty();

        assertThat(rules(prometheus))
            .hasSameSizeAs(MonitoringIT.rules())
            .allSatisfy(
                rule ->
                    assertThat(rule.get("health").stringValue())
                        .as(rule.toString())
                        .isEqualTo("ok"));
      }
    }
  }

  /** A rate needs two samples, and a rule is unknown until it was evaluated. */
  private static boolean hasAskedAndJudged(LocalPrometheus prometheus) {
    return !answer(prometheus, "sum_over_time(up{job=\"agent-orchestrator\"}[1m]) >= 3").isEmpty()
        && rules(prometheus).stream()
            .noneMatch(rule -> rule.get("health").stringValue().equals("unknown"));
  }

  private static List<JsonNode> rules(LocalPrometheus prometheus) {
    List<JsonNode> rules = new ArrayList<>();
    get(prometheus, "rules")
        .at("/data/groups")
        .forEach(group -> group.get("rules").forEach(rules::add));
    return rules;
  }

  /** What a panel would show, as Grafana asks for it. */
  private static JsonNode answer(LocalPrometheus prometheus, String query) {
    String asked = query.replace("$__rate_interval", "30s").replace("$instance", ".*");
    assertThat(asked).doesNotContain("$");
    JsonNode answer =
        get(prometheus, "query?query=" + URLEncoder.encode(asked, StandardCharsets.UTF_8));
    assertThat(answer.get("status").stringValue()).as("%s: %s", asked, answer).isEqualTo("success");
    return answer.at("/data/result");
  }

  private static JsonNode get(LocalPrometheus prometheus, String path) {
    return Pipeline.get(prometheus.api().resolve(path));
  }
}
