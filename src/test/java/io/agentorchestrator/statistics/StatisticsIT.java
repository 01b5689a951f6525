package io.agentorchestrator.statistics;

import static io.agentorchestrator.rest.Reading.assign;
import static io.agentorchestrator.rest.Reading.createTask;
import static io.agentorchestrator.rest.Reading.createWorkflow;
import static io.agentorchestrator.rest.Reading.names;
import static io.agentorchestrator.rest.Reading.register;
import static io.agentorchestrator.rest.Reading.step;
import static io.agentorchestrator.rest.Reading.word;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.pipeline.Pipeline;
import io.agentorchestrator.rest.Reading;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class StatisticsIT {

  private final Reading reading = Reading.shared();
  private final String type = "type-" + UUID.randomUUID();
  private final JsonNode before = now();

  @Test
  void namesEveryState() {
    assertThat(names(before)).containsExactly("as_of", "agents", "tasks", "workflows");
    assertThat(names(before.get("agents")))
        .containsExactly("total", "by_status", "by_type", "busy");
    assertThat(names(before.at("/agents/by_status")))
        .containsExactly("active", "offline", "deregistered");
    assertThat(names(before.at("/tasks/by_status")))
        .containsExactly(
            "submitted",
            "assigned",
            "working",
            "input_required",
            "completed",
            "failed",
            "canceled");
    assertThat(names(before.at("/workflows/by_status")))
        .containsExactly("pending", "running", "paused", "completed", "failed", "canceled");
    assertThat(Instant.parse(before.get("as_of").stringValue()))
        .isBetween(Instant.now().minusSeconds(10), Instant.now().plusSeconds(10));
  }

  @Test
  void countsEachChangeInTheMomentItIsSeen() {
    UUID agent = UUID.randomUUID();
    UUID other = UUID.randomUUID();
    List<UUID> tasks = Reading.ids(4);
    reading.apply(register(agent, type, Map.of("max_concurrent_tasks", 2)));
    reading.apply(register(other, type, Map.of()));
    reading.apply(
        createTask(tasks.get(0), type, Map.of()),
        createTask(tasks.get(1), type, Map.of()),
        createTask(tasks.get(2), type, Map.of()));
    reading.apply(
        createWorkflow(
            UUID.randomUUID(), type, List.of(step(tasks.get(3), type, Map.of())), Map.of()));
    assertMore("/agents/total", 2);
    assertMore("/agents/by_status/active", 2);
    assertThat(now().at("/agents/by_type/" + type).intValue()).isEqualTo(2);
    assertMore("/tasks/total", 4);
    assertMore("/tasks/by_status/submitted", 4);
    assertMore("/workflows/total", 1);
    assertMore("/workflows/by_status/pending", 1);

    reading.apply(assign(tasks.get(0), agent), assign(tasks.get(3), agent));
    assertMore("/agents/busy", 1);
    assertMore("/tasks/by_status/assigned", 2);
    assertMore("/workflows/by_status/pending", 0);
    assertMore("/workflows/by_status/running", 1);

    reading.apply(
        word("task.complete.v1", tasks.get(0), agent, Map.of()),
        Reading.command("task.cancel.v1", tasks.get(1), Map.of()),
        Reading.command("agent.deregister.v1", other, Map.of()),
        register(agent, type + "-changed", Map.of("max_concurrent_tasks", 2)));
    assertMore("/tasks/total", 4);
    assertMore("/tasks/by_status/submitted", 1);
    assertMore("/tasks/by_status/assigned", 1);
    assertMore("/tasks/by_status/completed", 1);
    assertMore("/tasks/by_status/canceled", 1);
    assertMore("/agents/by_status/deregistered", 1);
    assertMore("/agents/busy", 0);
    assertThat(now().at("/agents/by_type/" + type).intValue()).isEqualTo(1);
    assertThat(now().at("/agents/by_type/" + type + "-changed").intValue()).isEqualTo(1);
  }

  @Test
  void isNeverOldThoughNobodyAsksForAPosition() {
    reading.apply(createTask(UUID.randomUUID(), type, Map.of()));

    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                reading.read("/statistics").at("/tasks/total").intValue()
                    == before.at("/tasks/total").intValue() + 1);
  }

  @Test
  void tellsMetricsTheSame() {
    reading.apply(createTask(UUID.randomUUID(), type, Map.of()));
    reading.worker().bean(FleetMetrics.class).count();

    assertThat(Pipeline.counted(reading.worker(), "orchestrator_tasks", "status=\"submitted\""))
        .isEqualTo(now().at("/tasks/by_status/submitted").doubleValue());
  }

  @ParameterizedTest
  @CsvSource({"min_position=x, min_position", "status=active, status"})
  void refusesWhatItDoesNotUnderstand(String query, String parameter) {
    assertThat(reading.get("/statistics?" + query).problem(400)).startsWith(parameter + ":");
  }

  private void assertMore(String field, int number) {
    assertThat(now().at(field).intValue() - before.at(field).intValue())
        .as(field)
        .isEqualTo(number);
  }

  /** Whoever names a position gets nothing that was kept. */
  private JsonNode now() {
    return reading.read("/statistics?min_position=0");
  }
}
