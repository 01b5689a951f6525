package io.agentorchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What `send` refuses before it needs Kafka. */
class SendCommandTest {

  private static final String SUBJECT = "0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "send task.cancel                                | --subject: expected the id of the task",
        "send task.explode                               | Expected a command's type",
        "send                                            | Missing required parameter",
        "send task.create --data {                       | --data: expected a JSON object",
        "send task.create --data @/nowhere               | --data: expected a file",
        "send task.create --data {}                      | data.type: expected",
        "send task.cancel --subject 7                    | subject: expected",
        "send task.cancel --subject %s --id=             | id: expected",
        "send task.cancel --subject %s --source=         | --source: expected 1 to 255 characters",
        "send task.cancel --subject %s --time=yesterday  | time: expected an RFC 3339 time",
        "send task.cancel --subject %s --data {\"why\":1} | data.why: expected",
        "send task.cancel --subject %s --timeout 0       | --timeout: expected at least 1",
        "send - --subject %s                             | --subject: expected a command's type",
      })
  void tellsWhatIsWrongAndSendsNothing(String line, String message) {
    List<String> arguments =
        Stream.of(line.strip().split(" +")).map(each -> each.replace("%s", SUBJECT)).toList();

    CliRun refused = CliRun.of(arguments);

    assertThat(refused.exit()).as(refused.err()).isEqualTo(Exit.USAGE);
    assertThat(refused.err()).startsWith(message).contains("See agent-orchestrator send --help");
    assertThat(refused.text()).isEmpty();
  }

  @Test
  void checksAFileAsTheWorkerWould() throws IOException {
    Path right =
        Files.writeString(
            folder.resolve("right"),
            Files.readString(Path.of("schemas/examples/commands/workflow.create.json"))
                + "{\"type\":\"task.cancel\",\"subject\":\"%s\",\"data\":{}}".formatted(SUBJECT));
    Path wrong =
        Files.writeString(
            folder.resolve("wrong"),
            """
            {"type":"task.cancel","subject":"%1$s","data":{}}
            {"type":"task.cancel","subject":"%1$s","data":{"reason":"%2$s"}}
            {"type":"task.cancel.v2","subject":"%1$s","data":{}}
            {"type":"task.cancel","subject":"%1$s","data":{"a":1,"a":2}}
            %3$s
            """
                .formatted(SUBJECT, "x".repeat(5001), " ".repeat(1024 * 1024) + "{}"));

    CliRun checked = CliRun.of(List.of("send", right.toString(), "--dry-run"));
    CliRun refused = CliRun.of(List.of("send", wrong.toString(), "--dry-run"));

    assertThat(checked.exit()).as(checked.err()).isZero();
    assertThat(checked.lines()).containsExactly("2 in order, 0 not");
    assertThat(refused.exit()).isEqualTo(Exit.USAGE);
    assertThat(refused.lines()).containsExactly("1 in order, 4 not");
    assertThat(refused.err().lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("line 2: SCHEMA_VIOLATION: data.reason: expected"),
            line -> assertThat(line).startsWith("line 3: UNKNOWN_TYPE: type: expected"),
            line -> assertThat(line).startsWith("line 4: MALFORMED: data.a: expected once"),
            line ->
                assertThat(line)
                    .isEqualTo(
                        "line 5: TOO_LARGE: value: expected at most 1048576 bytes, but it has 1048578"));
  }

  @Test
  void tellsOfManyThatAreWrongOnlySome() throws IOException {
    Path wrong = Files.writeString(folder.resolve("wrong"), "nope\n".repeat(100));

    CliRun refused = CliRun.of(List.of("send", wrong.toString()));

    assertThat(refused.exit()).isEqualTo(Exit.USAGE);
    assertThat(refused.err().lines()).hasSize(21).endsWith("…");
    assertThat(refused.lines()).containsExactly("0 in order, 100 not; nothing was sent");
  }
}
