package io.agentorchestrator.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamedEventTest {

  private static final String VALUE =
      "{\"specversion\":\"1.0\",\"type\":\"task.assigned.v1\",\"agentid\":\"A\",\"data\":"
          + "{\"position\":7,\"operation\":\"task.assign\",\"entity_type\":\"task\"}}";

  private static ConsumerRecord<byte[], byte[]> message(
      @Nullable String key, @Nullable String value, String... headers) {
    ConsumerRecord<byte[], byte[]> message =
        new ConsumerRecord<>("log", 3, 17, bytes(key), bytes(value));
    for (int i = 0; i < headers.length; i += 2) {
      message.headers().add(headers[i], headers[i + 1].getBytes(StandardCharsets.UTF_8));
    }
    return message;
  }

  private static byte @Nullable [] bytes(@Nullable String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  private static StreamedEvent event(String value) {
    return StreamedEvent.of(message("T", value, "ce_type", "task.assigned.v1", "ce_agentid", "A"))
        .orElseThrow();
  }

  @Test
  void knowsWhatFiltersAskFor() {
    StreamedEvent event = event(VALUE);

    assertThat(event.partition()).isEqualTo(3);
    assertThat(event.offset()).isEqualTo(17);
    assertThat(event.type()).isEqualTo("task.assigned.v1");
    assertThat(event.entityType()).isEqualTo("task");
    assertThat(event.entityId()).isEqualTo("T");
    assertThat(event.agentId()).isEqualTo("A");
  }

  @Test
  void isSentAsItStandsOnTheTopic() {
    assertThat(new String(event(VALUE).body(), StandardCharsets.UTF_8))
        .isEqualTo("event: task.assigned.v1\ndata: " + VALUE + "\n\n");
  }

  @Test
  void isSentAsOneLineHoweverItWasWritten() {
    assertThat(new String(event("{\r\n\"a\":\n1}").body(), StandardCharsets.UTF_8))
        .isEqualTo("event: task.assigned.v1\ndata: {  \"a\": 1}\n\n");
  }

  @Test
  void isNoneWithoutATypeOrAValue() {
    assertThat(StreamedEvent.of(message("T", VALUE))).isEqualTo(Optional.empty());
    assertThat(StreamedEvent.of(message("T", null, "ce_type", "task.assigned.v1")))
        .isEqualTo(Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no json",
        "[]",
        "{}",
        "{\"data\":null}",
        "{\"data\":{\"entity_type\":null}}",
        "{\"entity_type\":\"task\"}",
        "{\"data\":{\"changes\":{\"entity_type\":\"task\"}}}",
        "{\"data\":{\"entity_type\":\"task"
      })
  void isAboutNothingWhereItDoesNotTell(String value) {
    assertThat(event(value).entityType()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "'', , , , true",
    "task.assigned.v1, , , , true",
    "'task.failed.v1 task.assigned.v1', task, T, A, true",
    "task.failed.v1, , , , false",
    "'', task, , , true",
    "'', agent, , , false",
    "'', , T, , true",
    "'', , U, , false",
    "'', , , A, true",
    "'', , , B, false",
    "'', agent, T, A, false",
  })
  void isWantedIfItMeetsAllThatIsAskedFor(
      String types,
      @Nullable String entityType,
      @Nullable String entityId,
      @Nullable String agentId,
      boolean wanted) {
    Set<String> asked = types.isEmpty() ? Set.of() : Set.of(types.split(" ", -1));

    assertThat(new EventFilter(asked, entityType, entityId, agentId).wants(event(VALUE)))
        .isEqualTo(wanted);
  }

  @ParameterizedTest
  @CsvSource({
    "task.assigned.v1, true",
    "task.released.v1, true",
    "task.timed-out.v1, true",
    "task.canceled.v1, true",
    "task.completed.v1, false",
    "task.progressed.v1, false",
  })
  void isInAnAgentsMailboxIfItGivesOrTakesWork(String type, boolean wanted) {
    StreamedEvent event =
        StreamedEvent.of(message("T", VALUE, "ce_type", type, "ce_agentid", "A")).orElseThrow();

    assertThat(new EventFilter(Set.of(), null, null, "A").wants(event)).isEqualTo(wanted);
    assertThat(new EventFilter(Set.of(type), null, null, "A").wants(event)).isTrue();
  }
}
