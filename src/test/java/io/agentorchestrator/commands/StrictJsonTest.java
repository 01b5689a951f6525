package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StrictJsonTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "22ff22", // A byte that UTF-8 never has.
        "22c322", // Cut off in the middle of a character.
        "22c0a222", // Overlong.
        "22eda080edb08022", // A surrogate pair, each half encoded by itself.
        "22f490808022" // Beyond U+10FFFF.
      })
  void refusesWhatIsNoUtf8(String hex) {
    UnreadableException e =
        assertThrows(
            UnreadableException.class,
            () -> StrictJson.text(HexFormat.of().parseHex(hex), "value"));

    assertThat(e.reason()).isEqualTo(DeadLetterReason.MALFORMED);
    assertThat(e.getMessage()).isEqualTo("value: expected UTF-8, but it is not");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\ufeff{}",
        "{} {}",
        "{},",
        "{}x",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\":1",
        "{\"a\"}",
        "{'a':1}",
        "{a:1}",
        "'a'",
        "{\"a\":NaN}",
        "[Infinity]",
        "[-Infinity]",
        "[01]",
        "[.5]",
        "[5.]",
        "[+1]",
        "[0x10]",
        "[1e]",
        "// comment\n{}",
        "/* comment */{}",
        "# comment\n{}",
        "[\"\t\"]",
        "[\"\\x\"]",
        "[\"\\u12\"]",
        "nul",
        "True",
        "",
        "  "
      })
  void refusesWhatIsNoJson(String text) {
    assertMalformed(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a\":1,\"a\":1}|a",
        "{\"a\":null,\"a\":null}|a",
        "{\"a\":1,\"b\":2,\"\\u0061\":3}|a",
        "{\"data\":{\"b\":[{\"c\":1},{\"c\":1,\"c\":2}]}}|data.b[1].c",
        "[[{\"\":1,\"\":1}]]|[0][0]."
      })
  void refusesRepeatedKeysAtAnyDepth(String text, String path) {
    UnreadableException e = assertMalformed(text);

    assertThat(e.getMessage()).isEqualTo(path + ": expected once, but it is repeated");
  }

  @Test
  void letsTheSameKeyStandInDifferentObjects() throws UnreadableException {
    assertThat(StrictJson.parse("{\"a\":{\"a\":1},\"b\":{\"a\":1},\"A\":1}", "")).hasSize(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a\":\"x\\u0000\"}|a",
        "{\"a\":[\"\",\"\\ud800\"]}|a[1]",
        "{\"a\":\"\\udc00\\ud800\"}|a",
        "{\"a\":\"\\ud83d\\ud83d\\ude00\"}|a",
        "{\"a\":{\"\\u0000\":1}}|a",
        "{\"a\":{\"\\ude00\":1}}|a",
        "{\"\\ud83d\":1}|value",
        "\"\\u0000\"|value"
      })
  void refusesWhatNoStringAndNoKeyMayHold(String text, String path) {
    assertThat(assertViolation(text).getMessage()).startsWith(path + ": expected ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"\\ud83d\\ude00\"", "\"😀\"", "\"\\u0001\\u007f\\ufffe\"", "\"\""})
  void takesEveryOtherString(String text) throws UnreadableException {
    assertThat(StrictJson.parse(text, "").isString()).isTrue();
  }

  @Test
  void takesSixtyFourLevelsAndNotOneMore() throws UnreadableException {
    assertThat(StrictJson.parse("[".repeat(64) + "]".repeat(64), "").isArray()).isTrue();
    assertThat(assertViolation("[".repeat(65) + "]".repeat(65)).getMessage())
        .contains("at most 64 levels");
    assertViolation("{\"a\":".repeat(65) + "1" + "}".repeat(65));
    assertViolation("[".repeat(1_000_000));
  }

  static Stream<String> numbersInRange() {
    return Stream.of(
        "0",
        "-0",
        "-0.0",
        "1e308",
        "1.7976931348623157e308",
        "-1.7976931348623157E+308",
        "4.9e-324",
        "-4.9E-324",
        "0e9",
        "0e99999999999",
        "-0.00e-99999999999",
        "0E2147483647",
        "1" + "2".repeat(99),
        "0." + "0".repeat(200) + "1".repeat(100),
        "123.4567");
  }

  @ParameterizedTest
  @MethodSource("numbersInRange")
  void takesNumbersWithinTheRangeOfADouble(String text) throws UnreadableException {
    assertThat(StrictJson.parse(text, "").decimalValue().doubleValue())
        .isEqualTo(Double.parseDouble(text) + 0.0);
  }

  static Stream<String> numbersBeyond() {
    return Stream.of(
        "1.8e308",
        "-1.8e308",
        "1.79769313486231571e308",
        "1e309",
        "1e-324",
        "-1e-324",
        "1e2147483648",
        "-1e-2147483649",
        "1e99999999999999999999",
        "1".repeat(101),
        "0." + "1".repeat(101),
        "1." + "0".repeat(100),
        "1".repeat(1001),
        "1e" + "0".repeat(1000) + "1");
  }

  @ParameterizedTest
  @MethodSource("numbersBeyond")
  void refusesNumbersBeyondTheRangeOfADoubleOrTooLong(String text) {
    UnreadableException e = assertViolation("{\"a\":[" + text + "]}");

    assertThat(e.getMessage()).containsPattern("expected .*(double|digits|characters)");
  }

  @Test
  void keepsTheDigitsOfANumber() throws UnreadableException {
    String digits = "0.1234567890123456789012345678901234567890";

    assertThat(StrictJson.parse("[" + digits + ",1.10,100000000000000000001]", ""))
        .hasToString("[" + digits + ",1.10,100000000000000000001]");
  }

  @Test
  void quotesNothingOfTheRecord() {
    assertThat(assertMalformed("{\"a\":secret}").getMessage())
        .isEqualTo("value: expected JSON, but it is none at line 1, column 6");
    assertThat(assertMalformed("{\"a\":\"secret").getMessage())
        .isEqualTo("value: expected JSON, but it ends too soon");
    assertThat(assertMalformed("sec\0ret").getMessage()).doesNotContain("sec", "\0");
  }

  @Test
  @Timeout(10)
  void doesNotCopyALongNameForEachOfManyValues() throws UnreadableException {
    String name = "k".repeat(400_000);
    String values = "0,".repeat(300_000);

    assertThat(StrictJson.parse("{\"%s\":[%s0]}".formatted(name, values), "").get(name))
        .hasSize(300_001);
  }

  @Test
  void namesTheValueWhereThereIsNoPath() {
    assertThat(assertViolation("1e999").getMessage()).startsWith("value: ");
    UnreadableException e =
        assertThrows(UnreadableException.class, () -> StrictJson.parse("[1e999]", "data"));
    assertThat(e.getMessage()).startsWith("data[0]: ");
  }

  @Test
  void decodesUtf8() throws UnreadableException {
    assertThat(StrictJson.text("é😀".getBytes(StandardCharsets.UTF_8), "value")).isEqualTo("é😀");
  }

  private static UnreadableException assertMalformed(String text) {
    return assertRefused(text, DeadLetterReason.MALFORMED);
  }

  private static UnreadableException assertViolation(String text) {
    return assertRefused(text, DeadLetterReason.SCHEMA_VIOLATION);
  }

  private static UnreadableException assertRefused(String text, DeadLetterReason reason) {
    UnreadableException e =
        assertThrows(UnreadableException.class, () -> StrictJson.parse(text, ""));
    assertThat(e.reason()).isEqualTo(reason);
    assertThat(e.getStackTrace()).isEmpty();
    return e;
  }
}
