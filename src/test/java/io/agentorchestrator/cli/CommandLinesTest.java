package io.agentorchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CommandLinesTest {

  private static final int MAX = 100;

  @Test
  void takesAValueALine() throws IOException {
    assertThat(read("{\"a\":1}\n\n  \r\n{\"b\":\"}{\"}\r\n[1]\n\"text\"\n{\"c\":3}"))
        .containsExactly("1 {\"a\":1}", "4 {\"b\":\"}{\"}", "5 [1]", "6 \"text\"", "7 {\"c\":3}");
    assertThat(read("")).isEmpty();
    assertThat(read("\n \n")).isEmpty();
  }

  @Test
  void takesAValueOverSeveralLines() throws IOException {
    assertThat(read("{\n  \"a\": {\n    \"b\": \"\\\"{\"\n  }\n}\n{\"c\":3}\n"))
        .containsExactly("1 {\n  \"a\": {\n    \"b\": \"\\\"{\"\n  }\n}", "6 {\"c\":3}");
  }

  @Test
  void losesNoMoreThanTheOneThatIsBroken() throws IOException {
    assertThat(read("{\"a\":\n{\"b\":2}\n}}}\n{\"c\":\"3\n{\"d\":4}\n"))
        .containsExactly("1 {\"a\":", "2 {\"b\":2}", "3 }}}", "4 {\"c\":\"3", "5 {\"d\":4}");
  }

  @Test
  void keepsNothingOfWhatIsLongerThanAnyMayBe() throws IOException {
    String longest = "{\"a\":\"" + "x".repeat(MAX - 8) + "\"}";
    String tooLong = "{\"a\":\"" + "x".repeat(MAX - 7) + "\"}";
    CommandLines lines = lines(longest + "\n" + tooLong + "\n{}");

    CommandLines.Entry kept = Objects.requireNonNull(lines.next());
    CommandLines.Entry dropped = Objects.requireNonNull(lines.next());

    assertThat(kept.isTooLong()).isFalse();
    assertThat(kept.bytes()).hasSize(MAX);
    assertThat(dropped.isTooLong()).isTrue();
    assertThat(dropped.length()).isEqualTo(MAX + 1);
    assertThat(lines.next()).isNotNull();
    assertThat(lines.next()).isNull();
    assertThat(lines.bytesRead()).isEqualTo(longest.length() + tooLong.length() + 4);
  }

  /** A line of a gigabyte must not be held, however little of it there is a second. */
  @Test
  void readsInLittleMemory() throws IOException {
    InputStream endless =
        new InputStream() {
          private long left = 200L << 20;

          @Override
          public int read() {
            return left-- > 0 ? 'x' : -1;
          }

          @Override
          public int read(byte[] to, int from, int length) {
            int some = (int) Math.min(left, length);
            Arrays.fill(to, from, from + some, (byte) 'x');
            left -= some;
            return some == 0 ? -1 : some;
          }
        };

    CommandLines.Entry entry = Objects.requireNonNull(new CommandLines(endless, MAX).next());

    assertThat(entry.length()).isEqualTo(200L << 20);
    assertThat(entry.bytes()).isEmpty();
  }

  @Test
  void handsBytesOnAsTheyAre() throws IOException {
    byte[] bytes = {'{', '"', (byte) 0xff, (byte) 0xc3, '"', '}'};

    CommandLines.Entry entry =
        Objects.requireNonNull(new CommandLines(new ByteArrayInputStream(bytes), MAX).next());

    assertThat(entry.bytes()).isEqualTo(bytes);
  }

  private static CommandLines lines(String text) {
    return new CommandLines(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), MAX);
  }

  private static List<String> read(String text) throws IOException {
    List<String> read = new ArrayList<>();
    CommandLines lines = lines(text);
    for (CommandLines.Entry entry = lines.next(); entry != null; entry = lines.next()) {
      read.add(
          entry.line() + " " + new String(entry.bytes(), StandardCharsets.UTF_8).stripTrailing());
    }
    return read;
  }
}
