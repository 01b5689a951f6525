package io.agentorchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

class ApiKeyCommandTest {

  @Test
  void printsTheKeyForTheClientAndItsHashAsSettingsForTheWorker() {
    CliRun run =
        run("api-key", "--name", "portal", "--scope", "agents:read,tasks:read", "--expires-in=90d");

    assertThat(run.exit()).isZero();
    assertThat(run.err()).isEmpty();
    List<String> lines = text(run).lines().toList();
    assertThat(lines.get(1)).matches("ao_[A-Za-z0-9_-]{43}");
    String settings = String.join("\n", lines.subList(2, lines.size()));
    assertThat(settings).doesNotContain(lines.get(1));
    JsonNode entry = new YAMLMapper().readTree(settings).get(0);
    assertThat(entry.propertyNames()).containsExactly("name", "hash", "scopes", "expires-at");
    assertThat(entry.get("name").stringValue()).isEqualTo("portal");
    assertThat(entry.get("hash").stringValue()).startsWith("sha256:");
    assertThat(entry.get("scopes").toString()).isEqualTo("[\"agents:read\",\"tasks:read\"]");
    Instant end = Instant.parse(entry.get("expires-at").asString());
    assertThat(Duration.between(Instant.now(), end))
        .isBetween(Duration.ofDays(89), Duration.ofDays(90));
  }

  @Test
  void printsAnObjectForScripts() {
    CliRun run = run("api-key", "--json", "--name=grafana", "--scope=metrics:read");

    JsonNode made = JsonMapper.shared().readTree(text(run));
    assertThat(made.propertyNames()).containsExactly("key", "name", "hash", "scopes", "expires_at");
    assertThat(made.get("expires_at").isNull()).isTrue();
    assertThat(made.get("scopes").get(0).stringValue()).isEqualTo("metrics:read");
  }

  @ParameterizedTest
  @CsvSource({
    "'', agents:read, 1d, --name",
    "a b, agents:read, 1d, --name",
    "a, agents:write, 1d, 'Expected one of agents:read, tasks:read'",
    "a, '', 1d, Expected one of",
    "a, agents:read, 0d, Expected a duration",
    "a, agents:read, soon, Expected a duration",
    "a, agents:read, 4000d, Expected a duration"
  })
  void makesNoKeyThatNoWorkerWouldTake(String name, String scope, String end, String told) {
    CliRun run = run("api-key", "--name=" + name, "--scope=" + scope, "--expires-in=" + end);

    assertThat(run.exit()).isEqualTo(Exit.USAGE);
    assertThat(run.err()).contains(told);
    assertThat(run.out()).isEmpty();
  }

  private static CliRun run(String... arguments) {
    return CliRun.of(List.of(arguments));
  }

  private static String text(CliRun run) {
    return new String(run.out(), StandardCharsets.UTF_8);
  }
}
