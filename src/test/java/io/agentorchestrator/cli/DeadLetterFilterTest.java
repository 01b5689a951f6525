package io.agentorchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agentorchestrator.deadletters.DeadLetter;
import io.agentorchestrator.deadletters.Place;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

class DeadLetterFilterTest {

  private static final Instant NOW = Instant.parse("2026-11-23T09:00:00Z");

  @Test
  void restrictsNothingUnlessAsked() {
    assertThat(filter().matches(deadLetter("MALFORMED", "tasks", null))).isTrue();
    assertThat(filter().matches(deadLetter(null, null, null))).isTrue();
    assertThat(filter().selects()).isFalse();
    assertThat(filter("--limit=3").selects()).isFalse();
    assertThat(filter("--limit=3").limit()).isEqualTo(3);
  }

  @Test
  void picksByReasonTopicAndKey() {
    DeadLetter deadLetter = deadLetter("MALFORMED", "tasks", bytes("a"));

    assertThat(filter("--reason=MALFORMED").matches(deadLetter)).isTrue();
    assertThat(filter("--reason=too_large").matches(deadLetter)).isFalse();
    assertThat(filter("--reason=TOO_LARGE", "--reason=MALFORMED").matches(deadLetter)).isTrue();
    assertThat(filter("--topic=tasks").matches(deadLetter)).isTrue();
    assertThat(filter("--topic=agents").matches(deadLetter)).isFalse();
    assertThat(filter("--topic=tasks").matches(deadLetter(null, null, null))).isFalse();
    assertThat(filter("--key=a").matches(deadLetter)).isTrue();
    assertThat(filter("--key=b").matches(deadLetter)).isFalse();
    assertThat(filter("--key=a").matches(deadLetter(null, null, null))).isFalse();
    byte[] noText = HexFormat.of().parseHex("00ff");
    assertThat(filter("--key=0x00ff").matches(deadLetter(null, null, noText))).isTrue();
    assertThat(filter("--key=a", "--topic=agents").matches(deadLetter)).isFalse();
    assertThat(filter("--key=a").selects()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-22T10:00:00Z, 2026-11-22T10:00:00Z",
    "30m, 2026-11-23T08:30:00Z",
    "7d, 2026-11-16T09:00:00Z",
    "PT1H, 2026-11-23T08:00:00Z"
  })
  void understandsATimeAndHowLongAgoItWas(String text, Instant since) {
    assertThat(new Since(InstantSource.fixed(NOW)).convert(text)).isEqualTo(since);
  }

  @ParameterizedTest
  @ValueSource(strings = {"yesterday", "2026-11-22", "-5m", ""})
  void refusesOtherTimes(String text) {
    assertThatThrownBy(() -> new Since(InstantSource.fixed(NOW)).convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("'" + text + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--reason=BAD", "--limit=0", "--limit=many", "--since=soon"})
  void refusesOtherValues(String option) {
    assertThatThrownBy(() -> filter(option))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining(option.substring(0, option.indexOf('=')));
  }

  @ParameterizedTest
  @ValueSource(strings = {"3", "3:", ":17", "-1:0", "3:17:1", "3:x", "1234567890:1"})
  void refusesOtherPlaces(String text) {
    DeadLetterTopics.At.Converter converter = new DeadLetterTopics.At.Converter();

    assertThat(converter.convert("3:17")).isEqualTo(new DeadLetterTopics.At(3, 17));
    assertThatThrownBy(() -> converter.convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("PARTITION:OFFSET");
  }

  @Command
  private static final class Filtered {
    @Mixin private DeadLetterFilter filter;
  }

  private static DeadLetterFilter filter(String... options) {
    Filtered filtered = new Filtered();
    new CommandLine(filtered).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(options);
    return filtered.filter;
  }

  private static DeadLetter deadLetter(
      @Nullable String reason, @Nullable String topic, byte @Nullable [] key) {
    Place refused = topic == null ? null : new Place(topic, 0, 0);
    return new DeadLetter(
        new Place("dead.letters", 0, 0), NOW, reason, null, refused, refused, key, 0, false, null);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
