package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.commands.CommandCheck.Verdict;
import io.agentorchestrator.schemas.CommandCorpus;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whoever asks before sending hears what the worker would say. */
class CommandCheckTest {

  private static final long SEED = 20261126;

  private final CommandCheck check = new CommandCheck(Records.topics());
  private final CommandDecoder decoder = new CommandDecoder(Records.topics());

  @Test
  void saysWhatTheDecoderSaysAndFindsTheTopic() {
    Set<String> topics = new HashSet<>();
    for (CommandCorpus.Case each : CommandCorpus.generate(SEED)) {
      Decoded decoded = decoder.decode(Records.structured(each.topic(), each.value()));
      switch (check.check(each.value())) {
        case Verdict.Valid valid -> {
          assertThat(decoded).as(each.name()).isInstanceOf(Decoded.Valid.class);
          assertThat(valid.topic()).as(each.name()).isEqualTo(each.topic());
          assertThat(valid.envelope()).isEqualTo(((Decoded.Valid) decoded).envelope());
          topics.add(valid.topic());
        }
        case Verdict.Unreadable unreadable -> {
          assertThat(decoded).as(each.name()).isInstanceOf(Decoded.Unreadable.class);
          assertThat(unreadable.reason())
              .as(each.name())
              .isEqualTo(((Decoded.Unreadable) decoded).reason());
        }
      }
    }
    assertThat(topics).hasSize(3);
  }

  @Test
  void tellsOfATypeThatThereIsNot() {
    assertThat(check.check("{\"id\":\"1\",\"type\":\"x\"}".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(
            new Verdict.Unreadable(
                DeadLetterReason.UNKNOWN_TYPE, "type: expected a known command, but it is none"));
    assertThat(CommandCheck.tooLarge(1 << 30).message()).endsWith("but it has 1073741824");
  }
}
