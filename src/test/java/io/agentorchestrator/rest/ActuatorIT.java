package io.agentorchestrator.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What operators and their tools see on the management port. */
class ActuatorIT {

  private final Reading reading = Reading.shared();

  @Test
  void tellsWhichBuildThisIs() {
    Reading.Answer info = get("/actuator/info");

    assertThat(info.json().at("/build/artifact").stringValue()).isEqualTo("agent-orchestrator");
    assertThat(info.json().at("/build/version").stringValue()).isNotEmpty();
  }

  @Test
  void isAliveAndReady() {
    assertThat(get("/actuator/health/liveness").json().get("status").stringValue()).isEqualTo("UP");
    Reading.Answer readiness = get("/actuator/health/readiness");
    assertThat(readiness.json().get("status").stringValue()).isEqualTo("UP");
    assertThat(Reading.names(readiness.json().get("components")))
        .containsExactly("db", "readinessState");
    assertThat(get("/actuator/health").status()).isEqualTo(200);
  }

  @Test
  void measuresThePoolAndTheRepositories() {
    reading.read("/agents");
    reading.read("/log");

    List<String> lines = get("/actuator/prometheus").body().lines().toList();

    assertThat(lines)
        .anyMatch(line -> line.startsWith("hikaricp_connections_active{pool=\"commands\"}"))
        .anyMatch(line -> line.startsWith("orchestrator_connection_leaks_total"))
        .anyMatch(
            line ->
                line.startsWith("spring_data_repository_invocations_seconds_count")
                    && line.contains("AgentRepository"))
        .anyMatch(
            line ->
                line.startsWith("spring_data_repository_invocations_seconds_count")
                    && line.contains("OrchestrationLogRepository"));
  }

  @Test
  void isNotOnThePortOfTheReads() {
    Reading.send(HttpRequest.newBuilder(reading.uri("/actuator/health"))).problem(404);
  }

  private Reading.Answer get(String path) {
    return Reading.send(HttpRequest.newBuilder(reading.worker().management().resolve(path)));
  }
}
