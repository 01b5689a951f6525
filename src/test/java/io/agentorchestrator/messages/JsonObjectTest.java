package io.agentorchestrator.messages;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class JsonObjectTest {

  private final JsonMapper json = new JsonMapper();

  @Test
  void isWrittenAsItIs() {
    JsonObject object = new JsonObject("{\"b\":1E+300,\"a\":[1.0,\"\\u0001\",null]}");

    assertThat(json.writeValueAsString(Map.of("input", object)))
        .isEqualTo("{\"input\":{\"b\":1E+300,\"a\":[1.0,\"\\u0001\",null]}}");
  }

  @Test
  void isEmptyWithoutMembers() {
    assertThat(json.writeValueAsString(JsonObject.EMPTY)).isEqualTo("{}");
  }

  @Test
  void isComparedByItsText() {
    assertThat(new JsonObject("{}")).isEqualTo(JsonObject.EMPTY);
    assertThat(new JsonObject("{\"a\":1}")).isNotEqualTo(new JsonObject("{\"a\":1.0}"));
  }
}
