package io.agentorchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.messages.CommandType;
import io.agentorchestrator.schemas.Schemas;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class CommandTextTest {

  private static final String DATA = "{\"type\":\"review\",\"n\":1E300, \"m\" : 1.50}";

  @Test
  void fillsInWhatIsLeftOut() {
    String completed = complete("{ \"type\":\"task.create\",\"data\":" + DATA + "}", "bob");
    JsonNode event = Schemas.parse(completed.getBytes(StandardCharsets.UTF_8));

    assertThat(event.get("specversion").stringValue()).isEqualTo("1.0");
    assertThat(event.get("source").stringValue()).isEqualTo("/a\"b");
    assertThat(event.get("actor").stringValue()).isEqualTo("bob");
    assertThat(event.get("type").stringValue()).isEqualTo("task.create.v1");
    assertThat(UUID.fromString(event.get("id").stringValue()).version()).isEqualTo(7);
    assertThat(UUID.fromString(event.get("subject").stringValue()).version()).isEqualTo(7);
    assertThat(event.get("id")).isNotEqualTo(event.get("subject"));
    // Numbers keep their digits, and spaces their places.
    assertThat(completed).endsWith(" \"type\":\"task.create.v1\",\"data\":" + DATA + "}");
  }

  @Test
  void givesASubjectOnlyToWhatMakesIt() {
    for (CommandType type : CommandType.values()) {
      String completed = complete("{\"type\":\"%s\"}".formatted(type.operation()), null);

      assertThat(completed.contains("\"subject\""))
          .as(type.value())
          .isEqualTo(CommandText.makesItsSubject(type));
      assertThat(completed).contains("\"type\":\"" + type.value() + "\"");
    }
  }

  @Test
  void leavesAWholeCommandAsItIs() throws Exception {
    try (Stream<Path> examples = Files.list(Path.of("schemas", "examples", "commands"))) {
      for (Path each : examples.toList()) {
        byte[] example = Files.readAllBytes(each);

        assertThat(new CommandText("/me", null).complete(example)).isSameAs(example);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "null",
        "\"text\"",
        "{\"type\":\"task.create\"",
        "{\"type\":nope}",
        "{}}"
      })
  void leavesWhatIsNoObjectToWhoJudgesIt(String text) {
    String completed = complete(text, null);

    assertThat(completed.equals(text) || completed.endsWith("}}")).as(completed).isTrue();
  }

  @Test
  void leavesWhatIsNoUtf8AsItIs() {
    byte[] broken = {'{', '"', (byte) 0xff, '"', ':', '1', '}'};

    assertThat(new CommandText("/me", null).complete(broken)).isSameAs(broken);
  }

  @Test
  void fillsAnEmptyObject() {
    JsonNode event = Schemas.parse(complete("{}", null).getBytes(StandardCharsets.UTF_8));

    assertThat(event.propertyNames()).containsExactly("specversion", "id", "source");
  }

  @Test
  void findsTheTypeBehindMuchElse() {
    String text =
        "{\"data\":{\"type\":\"x\",\"input\":{\"a\":\"%s\u00e9\"}},\"type\":\"task.create\"}"
            .formatted("\u00fc".repeat(300_000));

    assertThat(complete(text, null)).endsWith("\"type\":\"task.create.v1\"}");
  }

  @Test
  void tellsWhatIsWrongWithData() {
    assertThat(CommandText.whyNoObject(DATA)).isNull();
    assertThat(CommandText.whyNoObject("{} ")).isNull();
    assertThat(CommandText.whyNoObject("[]")).contains("expected a JSON object");
    assertThat(CommandText.whyNoObject("{},\"actor\":\"root\"")).contains("line 1, column");
    assertThat(CommandText.whyNoObject("{} {}")).contains("more follows");
    assertThat(CommandText.whyNoObject("{'a':1}")).contains("line 1, column 2");
  }

  private static String complete(String text, @Nullable String actor) {
    return new String(
        new CommandText("/a\"b", actor).complete(text.getBytes(StandardCharsets.UTF_8)),
        StandardCharsets.UTF_8);
  }
}
