package io.agentorchestrator.deadletters;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.messages.Redrive;
import java.time.Instant;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DeadLetterTest {

  private static final Set<String> COMMANDS = Set.of("commands");
  private final Headers headers = new RecordHeaders();

  @Test
  void readsWhatTheWorkerSays() {
    DeadLetters.refused(headers, "commands", 3, 81);
    headers.add("dlt_reason", DeadLetters.bytes("MALFORMED"));
    headers.add("dlt_message", DeadLetters.bytes("value: expected a command"));

    DeadLetter read = DeadLetter.of(record(new byte[5]));

    assertThat(read.at()).isEqualTo(new Place("dead.letters", 1, 17));
    assertThat(read.time()).isEqualTo(Instant.parse("2026-11-23T09:00:00Z"));
    assertThat(read.reason()).isEqualTo("MALFORMED");
    assertThat(read.message()).isEqualTo("value: expected a command");
    assertThat(read.refused()).isEqualTo(new Place("commands", 3, 81));
    assertThat(read.origin()).isEqualTo(read.refused());
    assertThat(read.valueBytes()).isEqualTo(5);
    assertThat(read.truncated()).isFalse();
    assertThat(read.redrive()).isNull();
    assertThat(read.obstacle(COMMANDS)).isNull();
  }

  @Test
  void keepsTheOriginOfOneThatWasRedriven() {
    DeadLetters.refused(headers, "commands", 3, 99);
    RedriveHeaders.write(
        headers, new Redrive("dead.letters", 0, 4, null), new Place("commands", 3, 81));

    DeadLetter read = DeadLetter.of(record(null));

    assertThat(read.refused()).isEqualTo(new Place("commands", 3, 99));
    assertThat(read.origin()).isEqualTo(new Place("commands", 3, 81));
    assertThat(read.redrive()).isEqualTo(new Redrive("dead.letters", 0, 4, null));
    assertThat(read.valueBytes()).isEqualTo(-1);
  }

  @Test
  void believesTheWorkerAndNotTheHeadersThatTheRecordCameWith() {
    DeadLetters.refused(headers, "forged", 0, 0);
    DeadLetters.refused(headers, "commands", 3, 81);

    assertThat(DeadLetter.of(record(null)).refused()).isEqualTo(new Place("commands", 3, 81));
  }

  @Test
  void namesWhatStandsInTheWayOfARedrive() {
    assertThat(DeadLetter.of(record(null)).obstacle(COMMANDS)).contains("dlt_topic");
    DeadLetters.refused(headers, "another", 3, 81);
    assertThat(DeadLetter.of(record(null)).obstacle(COMMANDS)).contains("another");
    DeadLetters.refused(headers, "commands", 3, 81);
    headers.add("dlt_truncated", DeadLetters.bytes("true"));
    assertThat(DeadLetter.of(record(null)).obstacle(COMMANDS)).contains("dlt_truncated");
  }

  private ConsumerRecord<byte[], byte[]> record(byte @Nullable [] value) {
    return DeadLetters.record(17, "key", value, headers);
  }
}
