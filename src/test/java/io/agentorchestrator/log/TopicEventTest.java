package io.agentorchestrator.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.messages.LogEvent;
import io.agentorchestrator.topics.TopicProperties;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicEventTest {

  private static final TopicProperties TOPICS =
      new TopicProperties("a", "t", "w", "log", "assignments", "d", "c", true, 1, null);

  private static LogEvent event(@Nullable UUID entity, @Nullable Long version) {
    return new LogEvent(
        new UUID(1, 2),
        "task.assigned.v1",
        entity,
        Instant.parse("2026-11-23T09:00:00.123456Z"),
        version == null ? null : "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        version == null ? null : new UUID(7, 7),
        new LogEvent.Data(
            4711,
            "task.assign",
            entity == null ? null : "task",
            entity,
            version,
            "success",
            "Ein „Satz“ mit \"Zeichen\".",
            new LogEvent.CommandRef("/tests", "é", version == null ? null : "abc"),
            "alice",
            new JsonObject("{\"input\":{\"n\":1E2,\"ü\":[1.10,{}]},\"progress\":null}"),
            new JsonObject("{}")));
  }

  private static byte[] bytes(LogEvent event) {
    List<ProducerRecord<byte[], byte[]>> records = new EventRecords(TOPICS).of(LogRow.of(event));
    return records.getFirst().value();
  }

  @Test
  void isReadAsTheRelayWroteIt() {
    for (LogEvent event : List.of(event(new UUID(3, 4), 9L), event(null, null))) {
      byte[] bytes = bytes(event);

      assertThat(TopicEvent.whole(bytes)).contains(event);
      assertThat(bytes(TopicEvent.whole(bytes).orElseThrow())).isEqualTo(bytes);
      assertThat(TopicEvent.of(bytes))
          .contains(
              new TopicEvent(
                  event.id(),
                  4711,
                  event.time(),
                  event.data().entityId(),
                  event.data().entityVersion()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"id\":\"1\"",
        "{\"id\":\"no uuid\",\"source\":\"/agent-orchestrator\",\"time\":\"2026-11-23T09:00:00Z\",\"data\":{\"position\":1}}",
        "{\"id\":\"00000000-0000-0001-0000-000000000002\",\"source\":\"/other\",\"time\":\"2026-11-23T09:00:00Z\",\"data\":{\"position\":1}}",
        "{\"id\":\"00000000-0000-0001-0000-000000000002\",\"source\":\"/agent-orchestrator\",\"time\":\"now\",\"data\":{\"position\":1}}",
        "{\"id\":\"00000000-0000-0001-0000-000000000002\",\"source\":\"/agent-orchestrator\",\"time\":\"2026-11-23T09:00:00Z\",\"data\":{}}"
      })
  void isNoneOfTheRelay(String value) {
    assertThat(TopicEvent.of(value.getBytes(StandardCharsets.UTF_8))).isEmpty();
    assertThat(TopicEvent.whole(value.getBytes(StandardCharsets.UTF_8))).isEmpty();
    assertThat(TopicEvent.of(null)).isEmpty();
  }
}
