package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.commands.Decoded.Unreadable;
import org.junit.jupiter.api.Test;

class UnreadableTest {

  @Test
  void namesTheFieldAndCarriesTheReason() {
    assertThat(UnreadableException.violation("data.name", "expected").reason())
        .isEqualTo(DeadLetterReason.SCHEMA_VIOLATION);
    assertThat(UnreadableException.violation("data.name", "expected"))
        .hasMessage("data.name: expected");
    assertThat(UnreadableException.malformed("value: expected").reason())
        .isEqualTo(DeadLetterReason.MALFORMED);
    assertThat(UnreadableException.unknownType("type: expected").reason())
        .isEqualTo(DeadLetterReason.UNKNOWN_TYPE);
    assertThat(UnreadableException.tooLarge("value: expected").reason())
        .isEqualTo(DeadLetterReason.TOO_LARGE);
  }

  @Test
  void shortensAPathButNotTheReason() {
    assertThat(UnreadableException.violation("k".repeat(200), "expected"))
        .hasMessage("k".repeat(200) + ": expected");
    assertThat(UnreadableException.violation("😀".repeat(201), "expected"))
        .hasMessage("😀".repeat(200) + "…: expected");
  }

  @Test
  void canBeStoredWhereverATextCan() {
    assertThat(message("a\0b\nc\ud83dd\u0085é😀")).isEqualTo("a�b�c�d�é😀");
    assertThat(message("x".repeat(1001))).isEqualTo("x".repeat(1000));
  }

  private static String message(String text) {
    return new Unreadable(DeadLetterReason.MALFORMED, text, Identity.NONE).message();
  }
}
