package io.agentorchestrator.log;

import static io.agentorchestrator.log.RelayFixture.append;
import static io.agentorchestrator.log.RelayFixture.awaitState;
import static io.agentorchestrator.log.RelayFixture.header;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.log.RelayFixture.Task;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LogRelayIT {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private RelayFixture fixture;

  @BeforeEach
  void prepare() {
    fixture = new RelayFixture();
  }

  @AfterEach
  void tidy() throws SQLException {
    fixture.close();
  }

  @Test
  void publishesWhatWasThereBeforeItsFirstStartAsTheContractSays() throws SQLException {
    // Given
    Task task = new Task();
    UUID id;
    try (Connection connection = fixture.connect()) {
      id = append(connection, task, "task.assigned.v1", "{\"status\":\"assigned\",\"n\":1E2}");
    }

    // When
    fixture.startedRelay(500);

    // Then
    fixture.assertPublishedOnce();
    ConsumerRecord<String, byte[]> event = fixture.read(fixture.topics.log()).getFirst();
    assertThat(event.key()).isEqualTo(task.id.toString());
    assertThat(header(event, "content-type")).isEqualTo("application/cloudevents+json");
    assertThat(header(event, "ce_type")).isEqualTo("task.assigned.v1");
    assertThat(header(event, "ce_agentid")).isEqualTo(new UUID(7, 7).toString());
    JsonNode json = JSON.readTree(event.value());
    assertThat(json.get("specversion").asString()).isEqualTo("1.0");
    assertThat(json.get("id").asString()).isEqualTo(id.toString());
    assertThat(json.get("source").asString()).isEqualTo("/agent-orchestrator");
    assertThat(json.get("type").asString()).isEqualTo("task.assigned.v1");
    assertThat(json.get("subject").asString()).isEqualTo(task.id.toString());
    assertThat(json.get("agentid").asString()).isEqualTo(new UUID(7, 7).toString());
    assertThat(json.get("time").asString())
        .isEqualTo(
            fixture.query(
                "SELECT rtrim(rtrim(to_char(recorded_at AT TIME ZONE 'UTC',"
                    + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), '0'), '.') || 'Z' FROM orchestration_log"));
    JsonNode data = json.get("data");
    assertThat(data.get("position").isIntegralNumber()).isTrue();
    assertThat(data.get("operation").asString()).isEqualTo("task.assign");
    assertThat(data.get("entity_type").asString()).isEqualTo("task");
    assertThat(data.get("entity_id").asString()).isEqualTo(task.id.toString());
    assertThat(data.get("entity_version").asLong()).isEqualTo(1);
    assertThat(data.get("status").asString()).isEqualTo("success");
    assertThat(data.get("command").get("source").asString()).isEqualTo("/tests");
    assertThat(data.get("command").get("digest").asString()).isEqualTo("abc");
    assertThat(data.get("actor").asString()).isEqualTo("alice");
    assertThat(new String(event.value(), java.nio.charset.StandardCharsets.UTF_8))
        .contains("\"changes\":{\"status\":\"assigned\",\"n\":1E2},\"details\":{}");

    ConsumerRecord<String, byte[]> copy = fixture.read(fixture.topics.assignments()).getFirst();
    assertThat(copy.key()).isEqualTo(new UUID(7, 7).toString());
    assertThat(copy.value()).isEqualTo(event.value());
    assertThat(copy.headers()).isEqualTo(event.headers());
  }

  @Test
  void publishesOnceThroughRestartsWhileTransactionsOverlap() throws Exception {
    // Given
    LogRelay relay = fixture.startedRelay(7);
    AtomicBoolean writing = new AtomicBoolean(true);
    List<Future<?>> writers = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      for (int i = 0; i < 3; i++) {
        int size = 1 + i * 12;
        writers.add(
            threads.submit(
                () -> {
                  while (writing.get()) {
                    fixture.append(new Task(), size);
                  }
                  return null;
                }));
      }

      // When
      for (int restart = 0; restart < 8; restart++) {
        awaitState(relay, RelayStatus.State.LEADING);
        awaitMore(50);
        relay.stop();
        relay.start();
      }
      writing.set(false);
      for (Future<?> writer : writers) {
        writer.get();
      }
    }

    // Then
    fixture.assertPublishedOnce();
  }

  private void awaitMore(int entries) {
    fixture.awaitPublished(fixture.read(fixture.topics.log()).size() + entries);
  }
}
