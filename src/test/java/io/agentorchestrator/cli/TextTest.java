package io.agentorchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextTest {

  @Test
  void knowsTextFromBytes() {
    assertThat(Text.of(bytes("a\n\tb é 🦊"))).isEqualTo("a\n\tb é 🦊");
    assertThat(Text.of(new byte[] {'a', (byte) 0xc3})).isNull();
    assertThat(Text.line((byte[]) null)).isEqualTo("-");
    assertThat(Text.line(new byte[] {0, (byte) 0xff})).isEqualTo("0x00ff");
    assertThat(Text.line(bytes("a\nb"))).isEqualTo("a\uFFFDb");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u001b[2J", "\u0007", "\u009b31m", "\u202e"})
  void letsNothingReachTheTerminalThatItObeys(String control) {
    assertThat(Text.of(bytes("x" + control))).isNull();
    assertThat(Text.line("x" + control)).startsWith("x\uFFFD").doesNotContain(control);
  }

  @Test
  void dumpsBytesSixteenALine() {
    assertThat(HexDump.of(bytes("0123456789abcdefXY\n")))
        .isEqualTo(
            """
            00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef
            00000010  58 59 0a                                         XY.""");
    assertThat(HexDump.of(new byte[5000])).endsWith("… and 904 more; --raw writes them all");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
