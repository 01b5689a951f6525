package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanonicalJsonTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":1,\"b\":2}|{ \"b\" : 2, \"a\" : 1 }",
        "{\"a\":{\"c\":1,\"b\":[]}}|{\"a\":{\"b\":[],\"c\":1}}",
        "1|1.0",
        "1|1e0",
        "100|1E2",
        "100|1.00e+2",
        "-5|-50e-1",
        "0|-0",
        "0|-0.00",
        "0|0e99999999999",
        "1e-300|0.1E-299",
        "1E308|10e307",
        "\"a\"|\"\\u0061\"",
        "\"/\"|\"\\/\"",
        "\"😀\"|\"\\ud83d\\ude00\""
      })
  void isTheSameForTwoNotations(String one, String other) throws UnreadableException {
    assertThat(canonical(one)).isEqualTo(canonical(other));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[1,2]|[2,1]",
        "[1]|[1,1]",
        "[]|{}",
        "[[1],2]|[[1,2]]",
        "1|\"1\"",
        "1|10",
        "1|-1",
        "12|1.2",
        "true|\"true\"",
        "null|\"null\"",
        "false|true",
        "{}|{\"a\":null}",
        "{\"a\":1}|{\"A\":1}",
        "{\"a\":\"b\\\"c\"}|{\"a\":\"b\",\"c\":\"\"}",
        "{\"a\":\"b\",\"c\":\"d\"}|{\"a\":\"b\\\",1\\\"c\\\":1\\\"d\"}",
        "[\"a\",\"b\"]|[\"a\\\",1\\\"b\"]",
        "[\"\",\"\"]|[\",\"]",
        "\"é\"|\"e\u0301\"",
        "\" a\"|\"a\"",
        "0.1|0.10000000000000001"
      })
  void differsForDifferentContents(String one, String other) throws UnreadableException {
    assertThat(canonical(one)).isNotEqualTo(canonical(other));
  }

  private static String canonical(String json) throws UnreadableException {
    StringBuilder out = new StringBuilder();
    CanonicalJson.append(StrictJson.parse(json, ""), out);
    return out.toString();
  }
}
