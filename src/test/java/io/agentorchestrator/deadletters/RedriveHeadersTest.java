package io.agentorchestrator.deadletters;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.messages.Redrive;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedriveHeadersTest {

  private static final Place ORIGIN = new Place("orchestrator.commands.tasks", 3, 81);

  @ParameterizedTest
  @ValueSource(strings = {"carol", "Zoë 🦊", ""})
  void readsWhatItWrote(String actor) {
    Redrive redrive =
        new Redrive("dead.letters", 7, 9_000_000_000L, actor.isEmpty() ? null : actor);
    Headers headers = new RecordHeaders();

    RedriveHeaders.write(headers, redrive, ORIGIN);

    assertThat(RedriveHeaders.read(headers)).isEqualTo(redrive);
    assertThat(RedriveHeaders.origin(headers)).isEqualTo(ORIGIN);
    assertThat(headers).allMatch(header -> header.key().startsWith(RedriveHeaders.PREFIX));
  }

  @Test
  void findsNoneWhereThereAreNone() {
    assertThat(RedriveHeaders.read(new RecordHeaders())).isNull();
    assertThat(RedriveHeaders.origin(new RecordHeaders())).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "redrive_topic, ''",
    "redrive_topic, no topic",
    "redrive_partition, -1",
    "redrive_partition, 2147483648",
    "redrive_partition, ''",
    "redrive_offset, 1e3",
    "redrive_offset, 12345678901234567890",
    "redrive_actor, ''",
    "redrive_actor, 'a\u0007b'"
  })
  void ignoresAllOfThemWhereOneIsMalformed(String name, String value) {
    Headers headers = written();

    headers.add(name, value.getBytes(StandardCharsets.UTF_8));

    assertThat(RedriveHeaders.read(headers)).isNull();
  }

  @Test
  void ignoresBytesThatAreNoText() {
    for (String name : new String[] {"redrive_topic", "redrive_offset", "redrive_actor"}) {
      for (byte[] value : new byte[][] {{(byte) 0xff}, null}) {
        assertThat(RedriveHeaders.read(written().add(name, value))).as(name).isNull();
      }
    }
  }

  @Test
  void countsTheCharactersOfAnActor() {
    assertThat(RedriveHeaders.isActor("🦊".repeat(255))).isTrue();
    assertThat(RedriveHeaders.isActor("🦊".repeat(256))).isFalse();
    assertThat(RedriveHeaders.isActor("")).isFalse();
  }

  @Test
  void needsNoOrigin() {
    Headers headers = written();
    headers.remove("redrive_origin_offset");

    assertThat(RedriveHeaders.read(headers)).isNotNull();
    assertThat(RedriveHeaders.origin(headers)).isNull();
  }

  private static Headers written() {
    Headers headers = new RecordHeaders();
    RedriveHeaders.write(headers, new Redrive("dead.letters", 7, 12, "carol"), ORIGIN);
    return headers;
  }
}
